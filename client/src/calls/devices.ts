/** The devices that the browser tells of: none before it was allowed to use a microphone. */
export async function listDevices(): Promise<{
  readonly microphones: MediaDeviceInfo[];
  readonly speakers: MediaDeviceInfo[];
}> {
  const devices = (await navigator.mediaDevices?.enumerateDevices() ?? [])
    .filter(({ deviceId }) => deviceId !== "");
  return {
    microphones: devices.filter(({ kind }) => kind === "audioinput"),
    speakers: devices.filter(({ kind }) => kind === "audiooutput"),
  };
}

/** The microphones among them. */
export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  return (await listDevices()).microphones;
}

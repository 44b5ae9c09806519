/**
 * The open files of a process, by /proc.
 */

/** The state of a TCP connection that the other side has closed, and this side has not. */
const CLOSE_WAIT = " 08";

/** The open sockets of a process: protocol, remote port and state in hexadecimal, and how many each. */
export function describeFds(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  const inodes = new Set([...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      const target = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  }));
  for (const protocol of ["tcp", "tcp6", "udp", "udp6"]) {
    for (const line of Deno.readTextFileSync(`/proc/${pid}/net/${protocol}`).split("\n")) {
      const [, , remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (inodes.has(inode)) count(counts, `${protocol} ${remote.split(":").at(-1)} ${state}`);
    }
  }
  return counts;
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

/**
 * The open files of a process, without the sockets that Deno 2.9 never closes: those of WebSockets
 * whose client leaves while the runner still looks at its signature.
 */
export function countFds(pid: number): number {
  const abandoned = Object.entries(describeFds(pid)).filter(([what]) => what.endsWith(CLOSE_WAIT));
  const lost = abandoned.reduce((sum, [, times]) => sum + times, 0);
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length - lost;
}

/** The baseline of phone calls: the least that a WebSocket echo in Deno can be. Usage: bare_echo_server.ts PORT */
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response("ready");
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.addEventListener("message", ({ data }) => {
    if (data.startsWith('{"event":"media"')) socket.send(data);
  });
  return response;
});

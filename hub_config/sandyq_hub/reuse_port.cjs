// Loaded before the proxy: its ports are held for its uid by the supervisor, and only who says so may share them.
const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function (port, host, ...rest) {
  if (!/^\d+$/.test(String(port))) return listen.call(this, port, host, ...rest);
  return listen.call(this, { port: Number(port), host, reusePort: true }, ...rest);
};

import { connect, isIP, Socket } from 'node:net';
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;
const CLOSED = 'This Kafka client was closed.';

export interface Sockets {
  readonly factory: ISocketFactory;
  /** Ends every connection now and refuses new ones. */
  destroy(): void;
}

/**
 * The connections of one kafkajs client. kafkajs cannot be told to stop trying: a producer that was given up would connect
 * again and write late. Without sockets it cannot.
 */
export function openSockets(): Sockets {
  const open = new Set<Socket>();
  let closed = false;
  const factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket = closed ? refused() : dial(host, port, ssl, onConnect);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  const destroy = (): void => {
    closed = true;
    for (const socket of open) socket.destroy(new Error(CLOSED));
  };
  return { factory, destroy };
}

function dial(host: string, port: number, ssl: ConnectionOptions, onConnect: () => void): Socket {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl ? connectSecurely({ host, port, ...servername, ...ssl }, onConnect) : connect({ host, port, noDelay: true }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

function refused(): Socket {
  const socket = new Socket();
  setImmediate(() => socket.destroy(new Error(CLOSED)));
  return socket;
}

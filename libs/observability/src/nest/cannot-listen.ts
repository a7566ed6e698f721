import { ConfigurationError } from '../configuration-error.ts';

/** By the code of the operating system (Linux `bind(2)`): which variable, and what is wrong with it. */
const WHY: Readonly<Record<string, (address: string) => string>> = {
  EADDRINUSE: (address) => `PORT: another process listens on ${address} already; stop it, or choose another port.`,
  EACCES: (address) => `PORT: this user may not listen on ${address}; choose a port from 1024 up.`,
  EADDRNOTAVAIL: (address) => `HOST: this machine cannot listen on ${address}; use an address of its own, for example 127.0.0.1 or 0.0.0.0.`,
};

/** What a failed start to listen means for whoever starts the service; any other error as it is. */
export function cannotListen(error: unknown, { PORT, HOST }: { readonly PORT: number; readonly HOST: string }): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const sentence = WHY[code]?.(HOST.includes(':') ? `[${HOST}]:${PORT}` : `${HOST}:${PORT}`);
  return sentence === undefined ? error : new ConfigurationError([sentence]);
}

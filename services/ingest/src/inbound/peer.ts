import { BlockList, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import { certificateOfHeader, clientCertificate, type ClientCertificate } from '@rolebridge/access';
import { ConfigurationError } from '@rolebridge/observability';
import type { FastifyRequest } from 'fastify';

/** Proxies that end TLS before us, and how they tell what they saw. */
export interface ProxySettings {
  /** Addresses or networks (`10.0.0.0/8`) of proxies whose headers are believed. */
  readonly trusted: readonly string[];
  /** Header that carries the client's certificate, lower case. */
  readonly certificateHeader?: string;
  /** Header that says `SUCCESS` when the proxy verified the chain (nginx `$ssl_client_verify`); without it a subject never counts. */
  readonly verifyHeader?: string;
}

/** Who is at the other end: address and proven certificate. */
export interface Peer {
  readonly source: string;
  readonly certificate?: ClientCertificate;
}

/** @param now wall clock, for the validity of certificates */
export function peerReader({ trusted, certificateHeader, verifyHeader }: ProxySettings, now: () => Date): (request: FastifyRequest) => Peer {
  const isTrusted = networkOf(trusted);
  return (request) => {
    const socket = request.raw.socket;
    const address = plain(socket.remoteAddress ?? '');
    if (!isTrusted(address)) return withCertificate(address, socket instanceof TLSSocket ? certificateOfSocket(socket, now()) : undefined);
    const header = certificateHeader === undefined ? '' : one(request, certificateHeader);
    const verified = verifyHeader !== undefined && one(request, verifyHeader) === 'SUCCESS';
    return withCertificate(forwardedFor(request, isTrusted) ?? address, header === '' ? undefined : certificateOfHeader(header, { verified, now: now() }));
  };
}

function withCertificate(source: string, certificate: ClientCertificate | undefined): Peer {
  return { source, ...(certificate && { certificate }) };
}

function certificateOfSocket(socket: TLSSocket, now: Date): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate && clientCertificate(certificate.raw, { verified: socket.authorized, now });
}

/** The nearest address that is not one of our own proxies. */
function forwardedFor(request: FastifyRequest, isTrusted: (address: string) => boolean): string | undefined {
  const addresses = one(request, 'x-forwarded-for').split(',').map((address) => plain(address.trim()));
  return addresses.findLast((address) => address !== '' && !isTrusted(address));
}

function networkOf(trusted: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of trusted) addTo(list, entry);
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  try {
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError([`TRUSTED_PROXIES: ${entry} is neither an address nor a network; write for example 10.1.2.3 or 10.9.0.0/16.`]);
  }
}

/** An IPv4 address in IPv6 spelling is the IPv4 address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function one(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(',') : value) ?? '';
}

// TLS around a socket that is there already: who opened it, and on which port, is not known here. One
// endpoint serves all doors of a server, with one certificate that can be renewed while it runs.
//
//     socket ──► tls.Server (listens nowhere) ──► handshake ──► TLSSocket, to whom it belongs
//                                                    └─ failed: one line in the log, closed

import type { Socket } from 'node:net';
import { createServer, type Server, TLSSocket } from 'node:tls';
import type { Subject } from './auth.ts';
import { gatewayLimits } from './limits.ts';

/** What a TLS endpoint needs, as PEM. */
export interface TlsMaterial {
  /** Our certificate, and those between it and the root. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who signs the certificates of clients. */
  readonly ca: Buffer | undefined;
  /** `request`: a client may have a certificate; `require`: it must. */
  readonly clientAuth: 'none' | 'request' | 'require';
}

interface Handshake {
  readonly secured: (socket: Socket) => void;
  readonly failed: (reason: string) => void;
}

export class TlsEndpoint {
  readonly #server: Server;
  /** By the two ends of the connection: the server tells of a handshake by its TLS socket alone. */
  readonly #handshakes: Map<string, Handshake> = new Map();

  constructor(material: TlsMaterial) {
    const { clientAuth } = material;
    this.#server = createServer({
      ...contextOf(material),
      handshakeTimeout: gatewayLimits.handshakeMs,
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'require',
    });
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      this.#take(socket)?.secured(socket);
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#take(socket)?.failed(error.code ?? error.message);
      socket.destroy();
    });
  }

  /** New connections get the new certificate, those that are there keep theirs. */
  renew(material: TlsMaterial): void {
    this.#server.setSecureContext(contextOf(material));
  }

  /** Does the handshake, and calls one of the two. The socket may have bytes that were put back. */
  secure(socket: Socket, handshake: Handshake): void {
    const ends = endsOf(socket);
    this.#handshakes.set(ends, handshake);
    socket.once('close', () => {
      if (this.#handshakes.get(ends) !== handshake) return;
      this.#handshakes.delete(ends);
      // The server tells of no handshake that it ended for the sake of a client's certificate.
      handshake.failed('it left, or its certificate is not signed by our authority');
    });
    this.#server.emit('connection', socket);
  }

  #take(socket: Socket): Handshake | undefined {
    const ends = endsOf(socket);
    const handshake = this.#handshakes.get(ends);
    this.#handshakes.delete(ends);
    return handshake;
  }
}

function contextOf({ cert, key, ca }: TlsMaterial) {
  return { cert, key, minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) };
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

/** Whom the certificate of the peer is of; undefined without one that our authority has signed. */
export function subjectOf(socket: Socket): Subject | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  // One attribute a line, the least specific first.
  const attributes = certificate.subject.split('\n').reverse();
  const names: string | string[] | undefined = certificate.toLegacyObject().subject?.CN;
  return {
    commonName: typeof names === 'string' && names !== '' ? names : undefined,
    distinguishedName: attributes.join(','),
  };
}

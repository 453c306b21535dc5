// CONNECT: which version is spoken, and what the client said of itself. [STOMP 1.2 CONNECT]

import { StompError, unexpected } from './errors.ts';
import type { Frame } from './frame.ts';
import { agreeOnBeats, type Beats } from './heart-beat.ts';
import { Command, commandName, Header } from './names.ts';
import type { Version } from './spelling.ts';

/** What a client says of itself. */
export interface Greeting {
  readonly version: Version;
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  readonly clientId: string | undefined;
  readonly beats: Beats;
  /** To be sent back, as ActiveMQ does. */
  readonly requestId: string | undefined;
  /** It wants to live on after an ERROR that breaks no frame, as with ActiveMQ. */
  readonly forgiving: boolean;
}

const VERSIONS: readonly Version[] = ['1.2', '1.1', '1.0'];

/** Reads the first frame of a connection. CONNECT is spelled as in 1.0, whatever follows. */
export function readGreeting(frame: Frame): Greeting {
  if (frame.command !== Command.CONNECT && frame.command !== Command.STOMP) {
    throw unexpected(
      `expected CONNECT or STOMP as the first frame, got ${commandName(frame.command)}`,
    );
  }
  return {
    version: agreeOnVersion(frame.text(Header['accept-version'], '1.0')),
    login: frame.text(Header.login, '1.0'),
    passcode: frame.text(Header.passcode, '1.0'),
    clientId: frame.text(Header['client-id'], '1.0'),
    requestId: frame.text(Header['request-id'], '1.0'),
    forgiving: frame.text(Header.compat, '1.0') === 'classic',
    beats: agreeOnBeats(frame.text(Header['heart-beat'], '1.0')),
  };
}

/** The highest version that both speak; a client that names none speaks 1.0. */
function agreeOnVersion(accepted: string | undefined): Version {
  if (accepted === undefined) return '1.0';
  const offers = accepted.split(',').map((offer) => offer.trim());
  const version = VERSIONS.find((ours) => offers.includes(ours));
  if (version !== undefined) return version;
  const ours = [...VERSIONS].reverse().join(',');
  throw new StompError('no common version', `expected one of ${ours}, got '${accepted}'`, [
    ['version', ours],
  ]);
}

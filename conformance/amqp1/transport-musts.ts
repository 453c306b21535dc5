// The part of the table in `musts.ts` that is about the second part of the specification: what holds
// for connections, sessions, links and their frames.

/** A demand, and a part of the title of the test that shows it. */
export type Row = readonly [section: string, demand: string, test: string];

/** [AMQP 2] */
export const TRANSPORT: readonly Row[] = [
  [
    '2.2',
    'a peer begins with the header of the protocol and version it speaks',
    'a plain header is answered with ours where anonymous is welcome',
  ],
  [
    '2.2',
    'a version that is not supported is answered with one that is, and the socket is closed',
    'is answered with our header, a close, and one line of log',
  ],
  [
    '2.2',
    'a peer that must use SASL is told so by the header',
    'a plain header is answered with the SASL one where a name is needed',
  ],
  [
    '2.3',
    'frames do not depend on how the stream is cut',
    'frames mean the same however TCP cuts them',
  ],
  ['2.3.1', 'a frame of less than 8 bytes is malformed', 'frames of impossible size are refused'],
  ['2.3.1', 'a data offset of less than 2 is malformed', 'frames of impossible size are refused'],
  [
    '2.3.1',
    'an extended header is ignored',
    'an extended header is skipped, and the body follows it',
  ],
  [
    '2.3.1',
    'a frame over the size that we said is an error',
    'a frame over max-frame-size is a framing error',
  ],
  [
    '2.3.2',
    'a frame without a body is no more than a sign of life',
    'a peer that is silent for too long is closed',
  ],
  [
    '2.4.1',
    'the first frame is an open, on whatever channel',
    'what is not an open at first closes with illegal-state',
  ],
  ['2.4.1', 'each side sends one open and no more', 'a second open is an illegal state'],
  [
    '2.4.1',
    'before sizes are known, frames are at most 512 bytes',
    'before its size is known, no frame of ours is over 512 bytes',
  ],
  [
    '2.4.2',
    'a peer may send without waiting for answers',
    'all up to the first message may be sent without waiting',
  ],
  [
    '2.4.3',
    'a close is answered with a close, and nothing comes after it',
    'a close is answered, and ends the connection',
  ],
  [
    '2.4.3',
    'after our close we only wait for the close of the peer',
    'after our close, all but the close of the peer is ignored',
  ],
  [
    '2.4.3',
    'what came before the close counts',
    'what comes before a close is done before it is answered',
  ],
  ['2.4.4', 'closes that cross are no error', 'closes that cross are no error'],
  [
    '2.4.5',
    'we send in time for the idle time-out of the peer',
    'we send empty frames at half of the idle time-out of the peer',
  ],
  [
    '2.4.5',
    'an idle time-out of zero is none',
    'an idle time-out that is too short is refused, zero means none',
  ],
  [
    '2.4.5',
    'a time-out that we cannot keep is refused with a close and an error',
    'an idle time-out that is too short is refused',
  ],
  [
    '2.4.5',
    'a silent peer is closed with an error',
    'a peer that is silent for too long is closed',
  ],
  [
    '2.4.6',
    'a frame that the state does not allow is an error',
    'closes the connection with illegal-state',
  ],
  [
    '2.5.1',
    'a begin is answered on a free channel, and says which channel it answers',
    'the answer to a begin says which channel it answers',
  ],
  ['2.5.1', 'a begin on a channel in use is an error', 'closes the connection with illegal-state'],
  [
    '2.5.2',
    'an end is answered, and the channel is free again',
    'a begin is answered on a channel of ours, an end frees it',
  ],
  [
    '2.5.3',
    'ends that cross are no error',
    'ends that cross are no error, and the channel is free',
  ],
  [
    '2.5.4',
    'after our end, frames of the session are ignored until the end of the peer',
    'ends that cross are no error, and the channel is free',
  ],
  [
    '2.5.5',
    'an ended session takes its links along',
    'an end releases what is unsettled, uncounted and in order',
  ],
  [
    '2.5.6',
    'no transfer is sent beyond the window of the peer',
    'we send no transfer outside the window of the peer',
  ],
  [
    '2.5.6',
    'a transfer beyond our window ends the session',
    'a transfer outside the window is a window violation',
  ],
  [
    '2.5.6',
    'the remote window is reckoned from next-incoming-id',
    'a flow that counts what was never sent is refused',
  ],
  [
    '2.6.1',
    'a name is unique between two containers and in one direction',
    'a name is one link for each direction',
  ],
  [
    '2.6.1',
    'a second attach of a link that is attached steals it',
    'a second attach of a name and role steals the link',
  ],
  [
    '2.6.2',
    'a handle stays in use until both sides have detached',
    'transfer on a handle that was detached ends the session',
  ],
  [
    '2.6.3',
    'an attach is answered with the terminus as it is in effect',
    'the attach of a receiver is answered with its source in effect',
  ],
  [
    '2.6.3',
    'a link that cannot be is answered without terminus, and detached',
    'is refused: attach without terminus, detach with',
  ],
  [
    '2.6.4',
    'a link that is detached may be attached again, on any connection',
    'keeps what is unsettled, and goes on with it',
  ],
  [
    '2.6.5',
    'a link error is a detach with the error; frames that cross it are ignored',
    'is refused: attach without terminus, detach with',
  ],
  [
    '2.6.6',
    'closed is answered with closed',
    'a detach is answered in kind, and frees name and handle',
  ],
  ['2.6.6', 'detaches that cross are no error', 'detaches that cross are no error'],
  [
    '2.6.7',
    'no more is sent than the credit of the receiver',
    'credit: no more comes than was granted, a later grant replaces',
  ],
  [
    '2.6.7',
    'credit is reckoned from the delivery-count that the receiver has seen',
    'credit: no more comes than was granted, a later grant replaces',
  ],
  [
    '2.6.7',
    'drain: what is there is sent, the rest of the credit is used up, and a flow says so',
    'drain: what is there comes, then the credit is used up',
  ],
  [
    '2.6.7',
    'a sender that advances its delivery-count loses that credit',
    'a sender may say that it skipped deliveries',
  ],
  [
    '2.6.7',
    'a transfer without credit may end the link',
    'a transfer without credit detaches the link, and only that',
  ],
  [
    '2.6.7',
    'the initial delivery-count is the sender’s',
    'a sender without initial-delivery-count',
  ],
  [
    '2.6.12',
    'a receiver that settles second is answered with our settlement',
    'second on the way out: we settle when the receiver has said',
  ],
  [
    '2.6.12',
    'a sender that settles second keeps its delivery until it does',
    'second: we accept, the sender settles',
  ],
  [
    '2.6.13',
    'unsettled deliveries are known again by their tags',
    'keeps what is unsettled, and goes on with it',
  ],
  [
    '2.6.13',
    'a delivery with an outcome at the receiver is settled with it',
    'keeps what is unsettled, and goes on with it',
  ],
  [
    '2.6.13',
    'a delivery that the receiver does not know is sent anew',
    'a link that comes back with nothing gets all of it anew',
  ],
  [
    '2.6.13',
    'outcomes of ours wait for a sender that lost us',
    'a sender that lost us learns what we have, and sends it once',
  ],
  [
    '2.6.14',
    'the frames of one delivery are not mixed with another of its link',
    'another delivery in the middle of one ends the session',
  ],
  [
    '2.6.14',
    'deliveries of other links may lie between',
    'a message in frames is put together, whatever lies between',
  ],
  ['2.6.14', 'an aborted delivery is forgotten', 'an aborted delivery is forgotten'],
  ['2.7.1', 'a max-frame-size below 512 is refused', 'a frame size that is too small is refused'],
  [
    '2.7.1',
    'no frame of ours is over the size of the peer',
    'an answer that does not fit into a frame of the peer ends the session',
  ],
  [
    '2.7.1',
    'no channel of ours is above channel-max of the peer',
    'we use no channel above the channel-max of the peer',
  ],
  [
    '2.7.1',
    'a channel above ours is an error of the connection',
    'a channel above channel-max is a framing error',
  ],
  [
    '2.7.1',
    'unknown capabilities and properties are ignored',
    'symbols and strings of unknown kind in an open are ignored',
  ],
  [
    '2.7.2',
    'remote-channel is set in an answer, and only there',
    'the answer to a begin says which channel it answers',
  ],
  [
    '2.7.2',
    'a handle above ours is a framing error',
    'a handle above handle-max is a framing error',
  ],
  [
    '2.7.2',
    'no handle of ours is above handle-max of the peer',
    'we use no handle above the handle-max of the peer',
  ],
  ['2.7.3', 'a sender sets initial-delivery-count', 'a sender without initial-delivery-count'],
  [
    '2.7.3',
    'an attach on a handle in use is an error of the session',
    'attach on a handle in use ends that session, and no other',
  ],
  [
    '2.7.3',
    'no message over max-message-size of the receiver is sent',
    'a message over the max-message-size of a receiver goes to another',
  ],
  [
    '2.7.3',
    'a message over ours is an error of the link',
    'a message over max-message-size detaches the link',
  ],
  [
    '2.7.3',
    'nothing new is sent against an incomplete map',
    'a map that is not complete proves nothing, and nothing new is sent',
  ],
  [
    '2.7.3',
    'a map that does not fit says that it is not complete',
    'a map that does not fit into a frame is sent in part',
  ],
  [
    '2.7.3',
    'a receiver whose map was not complete takes nothing new',
    'nothing new may come while our own map is not complete',
  ],
  [
    '2.7.4',
    'next-incoming-id is set once the begin of the peer is here',
    'a flow of ours says what we have of the peer',
  ],
  [
    '2.7.4',
    'a handle without a link is an error of the session',
    'on a handle without a link ends the session',
  ],
  ['2.7.4', 'an echo is answered', 'an echo on a link is answered with its state'],
  ['2.7.4', 'an echo of the session is answered', 'an echo of the session is answered'],
  [
    '2.7.4',
    'available is the sender’s to say',
    'how many messages wait is said in answer to an echo',
  ],
  [
    '2.7.4',
    'properties that mean nothing here are ignored',
    'other properties of a flow mean nothing',
  ],
  [
    '2.7.5',
    'the first transfer has a delivery-id',
    'a first transfer without delivery-id ends the session',
  ],
  ['2.7.5', 'the first transfer has a tag of at most 32 bytes', 'with a tag of 33 bytes'],
  [
    '2.7.5',
    'what we send has id, tag and format',
    'what we send has an id, a tag of at most 32 bytes, and format 0',
  ],
  [
    '2.7.5',
    'ids of continuations are absent or the same',
    'another delivery in the middle of one ends the session',
  ],
  ['2.7.5', 'settled on any frame counts', 'settled counts on any frame of a delivery'],
  [
    '2.7.5',
    'rcv-settle-mode second is illegal on a link of mode first',
    'a transfer must not ask for mode second on a link of mode first',
  ],
  [
    '2.7.5',
    'rcv-settle-mode first is legal on a link of mode second',
    'a transfer may ask for mode first on a link of mode second',
  ],
  [
    '2.7.5',
    'a resumed delivery that is not known is ignored',
    'a sender that lost us learns what we have, and sends it once',
  ],
  [
    '2.7.5',
    'resume counts for all frames of a delivery',
    'a resumed delivery in several frames is ignored as a whole',
  ],
  [
    '2.7.5',
    'aborted wins over everything else',
    'aborted wins over settled, state and all that came before',
  ],
  ['2.7.5', 'batchable is a hint', 'batchable changes nothing but when'],
  [
    '2.7.6',
    'a range is of the session, in either direction by role',
    'a disposition of a sender settles nothing that we have out',
  ],
  [
    '2.7.6',
    'ids that are settled already are ignored',
    'deliveries are settled in ranges, in any order, unknown ones ignored',
  ],
  [
    '2.7.6',
    'a range without last is one delivery',
    'dispositions of any state are read as they were written',
  ],
  ['2.7.6', 'ids are serial numbers that wrap', 'ids go on after 2^32'],
  [
    '2.7.7',
    'an error in a detach is a detach',
    'an error in a detach or end of the peer is taken as a detach or end',
  ],
  [
    '2.8.2',
    'settled deliveries to whoever asks for them',
    'a receiver that asks for settled deliveries gets them so',
  ],
  ['2.8.2', 'settle modes that do not exist are refused', 'an unknown settle mode'],
  ['2.8.3', 'second: we accept, the sender settles', 'second: we accept, the sender settles'],
  ['2.8.11', 'a message format that is not known is refused', 'of another message format'],
  ['2.8.14', 'an error has a condition', 'errors of ours have a condition and words'],
  [
    '2.8.15',
    'a decode error closes the connection',
    'a field of the wrong type, or a missing one, is a decode error',
  ],
  [
    '2.8.16',
    'a broker that stops says connection:forced',
    'a server that stops closes with connection:forced',
  ],
  [
    '2.8.17',
    'session errors end the session, and no other',
    'an error of one session leaves the other sessions and connections alone',
  ],
  ['2.8.18', 'a stolen link is told so', 'is stolen, with all it had'],
  ['2.4.1', 'hostname names a virtual host', 'whichever host an open names, it is the same broker'],
  [
    '2.4.6',
    'nothing is written after a close',
    'nothing is written after a close, whatever else happens',
  ],
  [
    '2.6.12',
    'a receiver that settles second is told so when its outcome is safe',
    'second on the way out: we settle when the outcome is safe, and not before',
  ],
  [
    '2.6.12',
    'tags are unique among what may be unsettled',
    'what we send has an id, a tag of at most 32 bytes, and format 0',
  ],
  [
    '2.7.4',
    'fields of a link mean nothing without a handle',
    'a flow without a handle grants no link anything',
  ],
  [
    '2.8.2',
    'a sender of mode settled sends only settled; if not, it is answered',
    'what a sender of mode settled sends unsettled all the same is answered',
  ],
];

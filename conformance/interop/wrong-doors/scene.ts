/** Makes a scene of a peer that was started: its doors by the names of what they speak. */

import type { Peer } from '../../peers/peer.ts';
import type { Scene } from './knock.ts';

/** Where its doors are, each name behind a prefix. */
export function placesOf({ urls }: Peer, prefix = ''): Record<string, string> {
  const places = Object.entries(urls).map(([door, url]) => [prefix + door, new URL(url).host]);
  return Object.fromEntries(places);
}

/** The scene, or why the peer is not to be had. */
export function sceneOf(
  product: string,
  peer: Peer | { readonly reason: string },
): Scene | { readonly reason: string } {
  if ('reason' in peer) return peer;
  const { version, user, password } = peer;
  return {
    title: `${product} ${version}`,
    doors: placesOf(peer),
    user: [user, password],
    stop: () => peer.stop(),
  };
}

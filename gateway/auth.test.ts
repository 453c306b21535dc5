import test from 'ava';
import { Users } from './auth.ts';

test('without users everybody is welcome, whatever the name', (t) => {
  const users = new Users();
  t.true(users.admits(undefined, undefined));
  t.true(users.admits('guest', 'guest'));
});

test('with users: the right password, no other, and nobody without a name', (t) => {
  const users = new Users(new Map([['app', 'secret']]));
  t.true(users.admits('app', 'secret'));
  t.false(users.admits('app', 'Secret'));
  t.false(users.admits('app', undefined));
  t.false(users.admits('other', 'secret'));
  t.false(users.admits(undefined, undefined));
  t.false(users.admits('', ''));
});

test('with users and anonymous: a name must still be right', (t) => {
  const users = new Users(new Map([['app', 'secret']]), true);
  t.true(users.admits(undefined, undefined));
  t.false(users.admits('app', 'wrong'));
});

test('nobody is welcome when anonymous is off and there are no users', (t) => {
  t.false(new Users(new Map(), false).admits('a', 'b'));
});

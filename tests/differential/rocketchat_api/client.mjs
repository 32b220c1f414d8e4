// Calls a server with Rocket.Chat's own client, @rocket.chat/api-client, as a bot's author would.
//
// On standard input: {"baseUrl", "username", "password"}. On standard output: for each call, in order,
// {"call": "GET /v1/me", "answer": …}, or {"call", "status", "refused": …} when the client rejects it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { RestClient } = createRequire(import.meta.url)('@rocket.chat/api-client');
const { baseUrl, username, password } = JSON.parse(readFileSync(0, 'utf8'));
const client = new RestClient({ baseUrl });
const done = [];

async function call(method, endpoint, params) {
  const name = `${method.toUpperCase()} ${endpoint}`;
  try {
    const answer = await client[method](endpoint, params);
    done.push({ call: name, answer });
    return answer;
  } catch (refused) {
    if (!(refused instanceof Response)) throw refused;
    done.push({ call: name, status: refused.status, refused: await refused.json() });
    return {};
  }
}

const get = (name, params) => call('get', `/v1/${name}`, params);
const post = (name, params = {}) => call('post', `/v1/${name}`, params);
const newest = { sort: JSON.stringify({ ts: -1 }), count: 10, offset: 0 };
const script = 'class Script { process_incoming_request({ request }) { return { content: request.content }; } }';

const { data } = await post('login', { username, password });
client.setCredentials({ 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken });
await get('me');

const ada = (
  await post('users.create', {
    username: 'ada',
    name: 'Ada',
    email: 'ada@example.org',
    password: 'a long password',
    roles: ['user'],
    joinDefaultChannels: false,
  })
).user;
await get('users.info', { username: 'ada', includeUserRooms: 'true' });
await get('users.list', { count: 10, offset: 0, sort: JSON.stringify({ username: 1 }), email: 'ada@' });
await post('users.setActiveStatus', { userId: ada._id, activeStatus: true, confirmRelinquish: false });

for (const [family, one] of [
  ['channels', 'channel'],
  ['groups', 'group'],
]) {
  const made = await post(`${family}.create`, {
    name: `the-${family}`,
    members: ['ada'],
    readOnly: false,
    extraData: { topic: 'A topic', broadcast: false, encrypted: false },
  });
  const roomId = made[one]._id;
  await get(`${family}.info`, { roomId });
  await get(`${family}.info`, { roomName: `the-${family}` });
  await get(`${family}.list`, { count: 10, offset: 0, sort: JSON.stringify({ name: 1 }) });
  const first = (await post('chat.postMessage', { roomId, text: 'first @ada', alias: 'Bell', emoji: ':bell:' })).message;
  await post('chat.sendMessage', { message: { rid: roomId, msg: 'answer', tmid: first._id, tshow: true }, previewUrls: [] });
  await post('chat.update', { roomId, msgId: first._id, text: 'changed @ada', customFields: { key: 'value' } });
  await post('chat.react', { emoji: 'tada', messageId: first._id, shouldReact: true });
  await get('chat.getMessage', { msgId: first._id });
  await get('chat.getThreadMessages', { tmid: first._id, count: 10, sort: JSON.stringify({ ts: 1 }) });
  await get('chat.getThreadsList', { rid: roomId, type: 'following', text: 'changed', count: 10 });
  await get(`${family}.history`, { roomId, count: 10, oldest: first.ts, inclusive: 'true', showThreadMessages: 'true' });
  await get(`${family}.messages`, { roomId, mentionIds: ada._id, ...newest });
  await get(`${family}.members`, { roomId, filter: 'ad', count: 10, offset: 0 });
  await post(`${family}.kick`, { roomId, userId: ada._id });
  await post(`${family}.invite`, { roomId, userId: ada._id });
  await post('chat.delete', { roomId, msgId: first._id, asUser: true });
  await post(`${family}.archive`, { roomId });
  await post(`${family}.unarchive`, { roomId });
  if (family === 'channels') await post('channels.join', { roomId });
  await post(`${family}.leave`, { roomId });
  await get('rooms.info', { roomId });
}
await get('channels.list.joined', { count: 10 });
await get('groups.listAll', { count: 10 });
await get('rooms.get', { updatedSince: '2020-01-01T00:00:00.000Z' });

const { room } = await post('im.create', { usernames: 'ada', excludeSelf: false });
await post('chat.postMessage', { channel: '@ada', text: 'psst' });
await get('im.list', { count: 10, offset: 0, fields: JSON.stringify({ usernames: 1 }) });
await get('im.list.everyone', { query: JSON.stringify({ usernames: 'ada' }), count: 10 });
await get('im.history', { roomId: room._id, count: 10, unreads: 'false' });
await get('im.messages', { username: 'ada', ...newest });
await get('im.members', { roomId: room._id, filter: 'ada' });

const settings = { username: 'rocket.cat', channel: '#general', scriptEnabled: true, enabled: true, name: 'In' };
const incoming = { type: 'webhook-incoming', ...settings, script, overrideDestinationChannelEnabled: false };
const { integration } = await post('integrations.create', incoming);
const integrationId = integration._id;
await fetch(integration.url, { method: 'POST', body: '{"text":"called"}', headers: { 'content-type': 'application/json' } });
await get('integrations.get', { integrationId });
await get('integrations.list', { count: 10, name: 'in', type: 'webhook-incoming', sort: JSON.stringify({ name: 1 }) });
await get('integrations.history', { id: integrationId, count: 10, sort: JSON.stringify({ _updatedAt: -1 }) });
await call('put', '/v1/integrations.update', { ...incoming, integrationId, name: 'Changed', scriptEngine: 'isolated-vm' });
await post('integrations.remove', { type: 'webhook-incoming', integrationId });
const urls = ['https://called.example.org/hook'];
await post('integrations.create', { type: 'webhook-outgoing', ...settings, event: 'sendMessage', urls, triggerWords: ['!go'] });
await post('integrations.remove', { type: 'webhook-outgoing', target_url: urls[0] });

await get('channels.info', { roomName: 'nowhere' });
await post('logout');
await get('me');
process.stdout.write(JSON.stringify(done));

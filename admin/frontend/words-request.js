// What scripts are called with: `request` of an incoming call, `request` and `response` of an outgoing one.
import { words } from './words.js';

const incoming = words('property', [
  ['content', 'object', 'The body, parsed from JSON or from a form. An empty object when it could not be.'],
  ['content_raw', 'string', 'The body as text, exactly as it came: what a signature is checked against.'],
  ['headers', 'object', "The headers by lower-case name: request.headers['x-github-event']."],
  ['url', 'object', 'The address that was called, in its parts.'],
  ['url_raw', 'string', 'The address that was called, whole.'],
  ['url_params', 'object', 'The parts of the path that named this integration.'],
  ['user', 'object', 'The user this integration posts as.'],
  ['body', 'object', 'The same object as content.'],
]);

const urlParams = words('property', [
  ['integrationId', 'string', 'The id of this integration, from the address.'],
  ['token', 'string', 'The token the caller knew. Keep it out of messages.'],
]);

const headers = words('property', [
  ['host', 'string', 'The host name the caller used.'],
  ['authorization', 'string', 'Credentials the caller sent, if it sent any.'],
]);

export const INCOMING_MEMBERS = {
  request: incoming,
  'request.headers': headers,
  'request.url': words('property', [
    ['hash', 'string', 'What follows #, which callers hardly ever send.'],
    ['search', 'string', 'The query as text, with its question mark.'],
    ['query', 'object', 'The query by name: for ?env=prod, request.url.query.env is "prod".'],
    ['pathname', 'string', 'The path without the query.'],
    ['path', 'string', 'The path with the query.'],
  ]),
  'request.url_params': urlParams,
  url_params: urlParams,
  'request.user': words('property', [
    ['_id', 'string', 'The id of the user.'],
    ['name', 'string', 'The full name; empty when none is set.'],
    ['username', 'string', 'The name behind the @.'],
  ]),
};

const outgoingData = words('property', [
  ['token', 'string', 'The token of this integration, by which the receiver knows the call is real.'],
  ['channel_id', 'string', 'The id of the room.'],
  ['channel_name', 'string', 'The name of the room, without #.'],
  ['message_id', 'string', 'The id of the message.'],
  ['timestamp', 'string', 'When it was written, as ISO text.'],
  ['user_id', 'string', 'The id of its author.'],
  ['user_name', 'string', 'The username of its author.'],
  ['text', 'string', 'The message as it was written.'],
  ['trigger_word', 'string', 'The trigger word that matched, when there was one.'],
  ['bot', 'boolean | object', 'False for people. Truthy for integrations: check it before answering a bot.'],
  ['alias', 'string', 'The name the message was shown under.'],
  ['isEdited', 'boolean', 'True when the message was changed, not new.'],
  ['tmid', 'string', 'The id of the message that began the thread.'],
]);

export const OUTGOING_MEMBERS = {
  request: words('property', [
    ['url', 'string', 'The address that will be called.'],
    ['method', 'string', 'The HTTP method; POST unless the script says otherwise.'],
    ['headers', 'object', 'The headers that will be sent.'],
    ['data', 'object', 'What triggered the call; sent as the JSON body.'],
    ['auth', 'string', '"user:password" for basic authentication; not set at first.'],
    ['params', 'object', 'Empty. It is there for old scripts and is not sent.'],
  ]),
  'request.data': outgoingData,
  response: words('property', [
    ['error', 'object | null', 'What went wrong with the call, if something did.'],
    ['status_code', 'number', 'The HTTP status of the answer.'],
    ['content', 'string', 'The body of the answer, as text. JSON.parse it when it is JSON.'],
    ['content_raw', 'string', 'The body of the answer, exactly as it came.'],
    ['headers', 'object', 'The headers of the answer, by lower-case name.'],
  ]),
};

const request = words('variable', [['request', 'object', 'The call that this script is to handle.']]);
const response = words('variable', [['response', 'object', 'What the called address answered.']]);

/** Method -> what its argument holds. */
export const ARGUMENT_MEMBERS = {
  process_incoming_request: request,
  prepare_outgoing_request: request,
  process_outgoing_response: [...request, ...response],
};

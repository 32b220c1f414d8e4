// The keys of the objects that scripts make: what they return, messages and their parts, options of calls.
import { words } from './words.js';

const message = words('property', [
  ['text', 'string', 'What the message says, in Markdown.'],
  ['attachments', 'array', 'Cards under the text: a colour, a title, fields, pictures.'],
  ['blocks', 'array', 'Blocks under the text: sections, pictures, buttons that lead somewhere.'],
  ['channel', 'string | array', '"#room", "@user" or an id. Only where the integration allows another destination.'],
  ['roomId', 'string', 'The id of a room, in place of channel.'],
  ['username', 'string', 'The name to post under. The same as alias.'],
  ['alias', 'string', 'The name shown in place of the user’s.'],
  ['icon_url', 'string', 'The address of a picture for this message. The same as avatar.'],
  ['avatar', 'string', 'The address of a picture for this message.'],
  ['icon_emoji', 'string', 'An emoji in place of the picture, as ":ship:". The same as emoji.'],
  ['emoji', 'string', 'An emoji in place of the picture, as ":ship:".'],
  ['parseUrls', 'boolean', 'Whether links get a preview. On, unless there are attachments.'],
  ['groupable', 'boolean', 'Whether it may stand under the message before it without a heading.'],
  ['tmid', 'string', 'The id of the message whose thread it belongs to.'],
  ['tshow', 'boolean', 'Show a message of a thread in the room as well.'],
  ['customFields', 'object', 'Values of your own that are kept with the message.'],
  ['separateResponse', 'boolean', 'Answer for each destination, and post to the others when one fails.'],
]);

const attachment = words('property', [
  ['color', 'string', 'The bar on the left: "#3553d6".'],
  ['text', 'string', 'What the card says, in Markdown.'],
  ['title', 'string', 'The heading of the card.'],
  ['title_link', 'string', 'Where the heading leads.'],
  ['title_link_download', 'boolean', 'Offer what the heading leads to as a download.'],
  ['pretext', 'string', 'A line above the card.'],
  ['fields', 'array', 'A small table: [{ title, value, short }].'],
  ['author_name', 'string', 'Who it is about or by, in small print at the top.'],
  ['author_link', 'string', 'Where the author’s name leads.'],
  ['author_icon', 'string', 'The address of a small picture beside the author’s name.'],
  ['thumb_url', 'string', 'The address of a small picture on the right.'],
  ['image_url', 'string', 'The address of a picture to show.'],
  ['audio_url', 'string', 'The address of a recording to play.'],
  ['video_url', 'string', 'The address of a video to play.'],
  ['message_link', 'string', 'Where the time of the card leads.'],
  ['ts', 'string', 'The time shown on the card, as ISO text.'],
  ['collapsed', 'boolean', 'Show the card folded.'],
  ['actions', 'array', 'Buttons: [{ type: "button", text, url }].'],
  ['button_alignment', 'string', '"vertical" or "horizontal".'],
]);

const field = words('property', [
  ['title', 'string', 'The name of the value.'],
  ['value', 'string', 'The value.'],
  ['short', 'boolean', 'True lets two fields stand side by side.'],
]);

const action = words('property', [
  ['type', 'string', 'Always "button".'],
  ['text', 'string', 'What the button says.'],
  ['url', 'string', 'Where it leads.'],
  ['image_url', 'string', 'A picture in place of the words.'],
  ['msg', 'string', 'What is written in the room when it is pressed.'],
  ['msg_in_chat_window', 'boolean', 'True, when the button writes in the room.'],
]);

const fetchOptions = words('property', [
  ['method', 'string', '"GET" unless told otherwise.'],
  ['headers', 'object', 'The headers to send.'],
  ['body', 'string', 'What to send: for JSON, JSON.stringify(…) and a content-type header.'],
]);

const httpOptions = words('property', [
  ['headers', 'object', 'The headers to send.'],
  ['params', 'object', 'Query parameters, or fields of a form.'],
  ['data', 'object', 'An object to send as JSON.'],
  ['content', 'string', 'Text to send as it is.'],
  ['auth', 'string', '"user:password" for basic authentication.'],
  ['timeout', 'number', 'How long to wait, in milliseconds.'],
]);

/** Kind of object -> its keys. */
export const OBJECT_KEYS = { message, attachment, field, action, fetch: fetchOptions, http: httpOptions };

/** Method -> the keys of what it returns. */
export const RETURN_KEYS = {
  process_incoming_request: words('property', [
    ['content', 'object', 'The message to post.'],
    ['error', 'object', 'Refuse the request: { success: false, message: "why" }. The caller gets it with status 400.'],
    ['response', 'object', 'What the caller gets to read when all went well.'],
    ['user', 'object', 'Who posts in place of the integration’s user: { _id, username }.'],
  ]),
  prepare_outgoing_request: words('property', [
    ['url', 'string', 'The address to call. Without one there is no call.'],
    ['method', 'string', 'The HTTP method. Without one there is no call.'],
    ['headers', 'object', 'The headers to send.'],
    ['data', 'object', 'What to send as the JSON body.'],
    ['auth', 'string', '"user:password" for basic authentication.'],
    ['timeout', 'number', 'How long to wait, in milliseconds.'],
    ['message', 'object', 'A message to post at once, before the call.'],
  ]),
  process_outgoing_response: words('property', [
    ['content', 'object', 'The message to post as the answer. Return false to post nothing.'],
  ]),
};

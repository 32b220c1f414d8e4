// Whole pieces of a script. #{…} are the places that Tab goes through.
import { snippetCompletion } from '@codemirror/autocomplete';

const incoming = [
  'process_incoming_request({ request }) {',
  '\tconst { #{content} } = request;',
  '\tconsole.log(#{content});',
  '\treturn {',
  '\t\tcontent: {',
  '\t\t\ttext: #{content.text},',
  '\t\t},',
  '\t};',
  '}',
];

const prepare = [
  'prepare_outgoing_request({ request }) {',
  '\tif (request.data.bot) return;',
  '\treturn {',
  '\t\turl: request.url,',
  '\t\tmethod: #{"POST"},',
  '\t\theaders: request.headers,',
  '\t\tdata: #{request.data},',
  '\t};',
  '}',
];

const answer = [
  'process_outgoing_response({ request, response }) {',
  '\tconst answer = JSON.parse(response.content);',
  '\treturn {',
  '\t\tcontent: {',
  '\t\t\ttext: #{answer.text},',
  '\t\t},',
  '\t};',
  '}',
];

function script(...methods) {
  const body = methods.map((lines) => lines.map((line) => `\t${line}`).join('\n')).join('\n\n');
  return `class Script {\n${body}\n}\n`;
}

export const SKELETONS = [
  snippetCompletion(script(incoming), {
    label: 'class Script',
    type: 'class',
    detail: 'incoming',
    info: 'A whole script that turns a request into a message.',
    boost: 2,
  }),
  snippetCompletion(script(prepare, answer), {
    label: 'class Script',
    type: 'class',
    detail: 'outgoing',
    info: 'A whole script that calls an address about a message and posts the answer.',
    boost: 1,
  }),
];

export const METHODS = [
  snippetCompletion(incoming.join('\n'), {
    label: 'process_incoming_request',
    type: 'method',
    detail: 'incoming',
    info: 'Called for every request. Return { content } to post a message, { error } to refuse, nothing to stay quiet.',
  }),
  snippetCompletion(prepare.join('\n'), {
    label: 'prepare_outgoing_request',
    type: 'method',
    detail: 'outgoing',
    info: 'Called before the call. Return what to call and send, nothing to call nobody.',
  }),
  snippetCompletion(answer.join('\n'), {
    label: 'process_outgoing_response',
    type: 'method',
    detail: 'outgoing',
    info: 'Called with the answer. Return { content } to post a message, false to post nothing.',
  }),
];

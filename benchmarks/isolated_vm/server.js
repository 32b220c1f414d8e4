// The usual way to build this in Node: Express takes the request, isolated-vm runs the script, SQLite keeps it.
//
// node server.js <script.js> <database> [--group-commit]
//
// Prints its port. POST /kept/<n> keeps one isolate for each n, POST /fresh/<n> makes one for every request.
// Ends when its standard input does.
'use strict';
const fs = require('node:fs');
const express = require('express');
const { Program, Sandbox } = require('./sandbox.js');
const { Store } = require('./store.js');

const [scriptFile, databaseFile, option] = process.argv.slice(2);
const program = new Program(fs.readFileSync(scriptFile, 'utf8'));
const store = new Store(databaseFile, { groupCommit: option === '--group-commit' });
const kept = new Map();

const runners = {
  async kept(id, argument) {
    if (!kept.has(id)) {
      kept.set(id, Sandbox.create(program));
    }
    return (await kept.get(id)).run(argument);
  },

  async fresh(id, argument) {
    const sandbox = await Sandbox.create(program);
    try {
      return await sandbox.run(argument);
    } finally {
      sandbox.dispose();
    }
  },
};

async function receive(request, response) {
  const began = performance.now();
  const { method, originalUrl: path, headers, body } = request;
  const { lifecycle, id } = request.params;
  const text = body.toString('utf8');
  const content = JSON.parse(text);
  const argument = {
    request: {
      url: { hash: '', search: '', query: { ...request.query }, pathname: request.path, path },
      url_raw: path,
      url_params: { integrationId: id },
      content,
      body: content,
      content_raw: text,
      headers,
      user: { _id: 'rocket.cat', name: 'Rocket.Cat', username: 'rocket.cat' },
    },
  };
  let outcome;
  try {
    outcome = judge(await runners[lifecycle](id, argument));
  } catch (error) {
    outcome = { ...refused('error', 'error-running-script'), result: { error: String(error) }, console: [] };
  }
  await store.add({ integration: id, began, method, path, headers, body }, outcome);
  response.status(outcome.status).json(outcome.answer);
}

/** What a request is answered, and what is posted, of what the script returned. */
function judge({ result, console }) {
  const verdict = () => {
    if (!result) {
      return { name: 'nothing', status: 200, answer: { success: true } };
    }
    if (result.error) {
      return refused('refused', result.error);
    }
    if (!isMessage(result.content)) {
      return refused('invalid', 'invalid message');
    }
    return { name: 'posted', status: 200, answer: { success: true }, content: result.content };
  };
  return { ...verdict(), result, console };
}

function refused(name, error) {
  return { name, status: 400, answer: { success: false, error } };
}

function isMessage(content) {
  const isText = (value) => value === undefined || typeof value === 'string';
  return (
    content !== null &&
    typeof content === 'object' &&
    [content.text, content.username, content.icon_url, content.icon_emoji].every(isText) &&
    (content.attachments === undefined || Array.isArray(content.attachments))
  );
}

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/:lifecycle/:id', express.raw({ type: () => true, limit: '1mb' }), receive);

const listener = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${listener.address().port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));

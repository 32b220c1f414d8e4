// What is kept of every request, in SQLite, on disk before the caller gets its answer.
'use strict';
const { randomUUID } = require('node:crypto');
const Database = require('better-sqlite3');

const SCHEMA = `
CREATE TABLE execution (
  id TEXT PRIMARY KEY, integration TEXT, received_at TEXT, outcome TEXT, status INTEGER, total_ms REAL,
  method TEXT, path TEXT, headers TEXT, body BLOB, console TEXT, result TEXT, answer TEXT
);
CREATE INDEX execution_integration ON execution (integration, id);
CREATE TABLE message (
  id TEXT PRIMARY KEY, room TEXT, ts TEXT, execution TEXT, msg TEXT, alias TEXT, avatar TEXT, emoji TEXT,
  attachments TEXT
);
CREATE INDEX message_room ON message (room, id);
`;

/**
 * The log. Each request is a transaction of its own, as such a program is usually written; with `groupCommit`
 * those that finish in the same turn of the event loop share one.
 */
class Store {
  constructor(file, { groupCommit }) {
    this._groupCommit = groupCommit;
    this._waiting = [];
    const database = new Database(file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(SCHEMA);
    const execution = database.prepare('INSERT INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const message = database.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this._insert = database.transaction((batch) => {
      for (const { executionRow, messageRow } of batch) {
        execution.run(executionRow);
        if (messageRow) {
          message.run(messageRow);
        }
      }
    });
  }

  /** Store a request and its message, if there is one; resolve when both are durable. */
  async add(request, outcome) {
    const entry = rows(request, outcome);
    if (!this._groupCommit) {
      this._insert([entry]);
      return;
    }
    await new Promise((resolve, reject) => {
      if (this._waiting.push({ ...entry, resolve, reject }) === 1) {
        setImmediate(() => this._commitWaiting());
      }
    });
  }

  _commitWaiting() {
    const batch = this._waiting;
    this._waiting = [];
    try {
      this._insert(batch);
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
      return;
    }
    batch.forEach(({ resolve }) => resolve());
  }
}

function rows(request, outcome) {
  const { content } = outcome;
  const at = new Date().toISOString();
  const id = `${Date.now().toString(36)}-${randomUUID()}`; // sorts by time
  const executionRow = [
    id,
    request.integration,
    at,
    outcome.name,
    outcome.status,
    performance.now() - request.began,
    request.method,
    request.path,
    JSON.stringify(request.headers),
    request.body,
    JSON.stringify(outcome.console),
    JSON.stringify(outcome.result ?? null),
    JSON.stringify(outcome.answer),
  ];
  const messageRow = content && [
    id,
    'general',
    at,
    id,
    content.text ?? '',
    content.username ?? null,
    content.icon_url ?? null,
    content.icon_emoji ?? null,
    JSON.stringify(content.attachments ?? []),
  ];
  return { executionRow, messageRow };
}

module.exports = { Store };

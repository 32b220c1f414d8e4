// Completion: which words are offered where. The words themselves are in the files named words-….
import { insertCompletionText, pickedCompletion } from '@codemirror/autocomplete';
import { completionPath, localCompletionSource } from '@codemirror/lang-javascript';
import { syntaxTree } from '@codemirror/language';
import { enclosingMethod, isMemberOfClass, keyAt, keysOf, patternAt } from './places.js';
import { GLOBALS, GLOBAL_MEMBERS } from './words-globals.js';
import { JAVASCRIPT } from './words-javascript.js';
import { LIBRARY_MEMBERS } from './words-libraries.js';
import { OBJECT_KEYS, RETURN_KEYS } from './words-objects.js';
import { ARGUMENT_MEMBERS, INCOMING_MEMBERS, OUTGOING_MEMBERS } from './words-request.js';
import { METHODS, SKELETONS } from './words-skeletons.js';

const MEMBERS = { ...GLOBAL_MEMBERS, ...LIBRARY_MEMBERS };

/** After a dot: the members of what stands before it. */
function completeMember(context) {
  const found = completionPath(context);
  if (!found?.path.length) return null;
  return offer(context, found.name.length, membersOf(context.state, nodeAt(context), found.path.join('.')));
}

/** A name of its own: what every script can use, the language's words, and whole skeletons. */
function completeName(context) {
  const found = completionPath(context);
  if (!found || found.path.length || isMemberOfClass(nodeAt(context))) return null;
  if (!found.name && (!context.explicit || isForOthers(context))) return null;
  return offer(context, found.name.length, [...GLOBALS, ...JAVASCRIPT, ...SKELETONS]);
}

/** A key of an object literal: those of what the object is going to be. */
function completeKey(context) {
  const typed = typedBefore(context);
  if (!typed && !context.explicit) return null;
  const place = keyAt(context.state, nodeAt(context), context.pos - typed);
  if (!place) return null;
  const words = place.method ? RETURN_KEYS[place.method] : OBJECT_KEYS[place.kind];
  const taken = new Set(keysOf(context.state, place.object, context.pos));
  const free = words.filter(({ label }) => !taken.has(label));
  return offer(
    context,
    typed,
    free.map((word) => ({ ...word, apply: applyKey, boost: 1 })),
  );
}

/** A name taken out of an object, as in `const { … } = request` and `process_incoming_request({ … })`. */
function completePattern(context) {
  const typed = typedBefore(context);
  if (!typed && !context.explicit) return null;
  const { state } = context;
  const place = patternAt(state, nodeAt(context));
  if (!place) return null;
  return offer(
    context,
    typed,
    place.method ? ARGUMENT_MEMBERS[place.method] : membersOf(state, nodeAt(context), place.source),
  );
}

/** A member of a class: the methods that the engine calls. */
function completeMethod(context) {
  const typed = typedBefore(context);
  if (!(typed || context.explicit) || !isMemberOfClass(nodeAt(context))) return null;
  return offer(context, typed, METHODS);
}

export const sources = [
  completeMember,
  completeName,
  localCompletionSource,
  completeKey,
  completePattern,
  completeMethod,
];

/** Tell whether a key or a pattern could go on here, which are not names of their own. */
function isForOthers(context) {
  return patternAt(context.state, nodeAt(context)) || keyAt(context.state, nodeAt(context), context.pos);
}

function offer({ pos }, typed, options) {
  return options ? { from: pos - typed, options, validFor: /^[\w$]*$/ } : null;
}

/** Return the known members of an expression, which depend on the method it stands in. */
function membersOf(state, node, path) {
  const isIncoming = (enclosingMethod(state, node) ?? 'process_incoming_request') === 'process_incoming_request';
  const own = isIncoming ? INCOMING_MEMBERS : OUTGOING_MEMBERS;
  const members = { ...MEMBERS, ...own };
  return Object.hasOwn(members, path) ? members[path] : undefined;
}

function typedBefore(context) {
  return context.matchBefore(/[\w$]+/)?.text.length ?? 0;
}

function nodeAt({ state, pos }) {
  return syntaxTree(state).resolveInner(pos, -1);
}

/** Write a key with its colon, unless one stands there already. */
function applyKey(view, completion, from, to) {
  const follows = /^\s*:/.test(view.state.sliceDoc(to, to + 40));
  view.dispatch({
    ...insertCompletionText(view.state, follows ? completion.label : `${completion.label}: `, from, to),
    annotations: pickedCompletion.of(completion),
  });
}

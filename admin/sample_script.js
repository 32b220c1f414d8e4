// Runs for every request to this integration's URL.
// Once it is saved, Run tries it and posts nothing.
class Script {
  process_incoming_request({ request }) {
    // content: the body; headers: names in lower case;
    // url.query: what follows the "?" of the URL.
    const { text, level = 'info' } = request.content;
    console.log('received', request.content); // see the logs

    if (!text) {
      // The caller gets status 400 and this object.
      return { error: { success: false, message: 'text is missing' } };
    }
    // What is under content is posted. Return nothing to post nothing.
    const color = level === 'error' ? '#d64545' : '#3553d6';
    return {
      content: {
        text,
        attachments: [{ color, text: `level **${level}**` }],
      },
    };
  }
}

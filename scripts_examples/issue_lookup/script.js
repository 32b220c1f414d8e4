/* exported Script */

// Looks up what a message asks for: `#issue 42` becomes a GET of <the integration's URL>/42.

class Script {
  prepare_outgoing_request({ request }) {
    const match = /^#issue\s+(\d+)\s*$/.exec(request.data.text);
    if (!match) {
      return { message: { text: 'Write `#issue` and a number, for example `#issue 42`.' } };
    }
    return {
      url: `${request.url}/${match[1]}`,
      method: 'GET',
      headers: { ...request.headers, Accept: 'application/json' },
      number: match[1], // ours: the other method finds it again
    };
  }

  process_outgoing_response({ request, response }) {
    if (response.status_code === 404) {
      return { content: { text: `There is no issue ${request.number}.` } };
    }
    if (response.status_code !== 200) {
      return { content: { text: `The tracker answered ${response.status_code}; try again later.` } };
    }
    const issue = JSON.parse(response.content);
    return {
      content: { text: `[#${issue.number} ${plain(issue.title)}](${issue.html_url}) is ${issue.state}` },
    };
  }
}

function plain(text) {
  return String(text || '')
    .replace(/[[\]()*_~`@<>]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}

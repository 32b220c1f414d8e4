/* exported Script */
class Script {
  prepare_outgoing_request({ request }) {
    const match = request.data.text.match(/^#build\s+(\w+)(?:\s+(\S+))?/);
    if (!match) {
      return;
    }
    return {
      url: request.url,
      headers: request.headers,
      method: 'POST',
      data: { command: match[1], project: match[2] || 'main', by: request.data.user_name },
    };
  }

  process_outgoing_response({ request, response }) {
    if (response.status_code !== 200) {
      return { content: { text: 'The build server answers ' + response.status_code } };
    }
    const build = JSON.parse(response.content_raw);
    return {
      content: {
        text: `Build *${build.number}* is ${build.state}`,
        attachments: [{ color: build.state === 'green' ? '#0a0' : '#a00', title: build.project, title_link: build.url }],
        parseUrls: false,
      },
    };
  }
}

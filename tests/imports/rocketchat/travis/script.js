// Travis sends payload=… as a form.
class Script {
  process_incoming_request({ request }) {
    const build = request.content;
    const ok = build.status_message === 'Passed' || build.status_message === 'Fixed';
    return {
      content: {
        alias: 'Travis CI',
        text: `Build [#${build.number}](${build.build_url}) of ${build.repository.owner_name}/${build.repository.name}@${build.branch} by ${build.author_name}: *${build.status_message}*`,
        attachments: [{ color: ok ? 'good' : 'danger', text: unescape(encodeURIComponent(build.message)) }],
      },
    };
  }
}

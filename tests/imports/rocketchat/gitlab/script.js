/* eslint no-console:0 */
const COLOURS = { success: '#1aaa55', failed: '#db3b21', other: '#fc6d26' };
const short = (ref) => ref.replace(/^refs\/\w+\//, '');
const once = (list, one) => ~list.indexOf(one) || list.push(one);

class Script {
  process_incoming_request({ request }) {
    try {
      const method = request.headers['x-gitlab-event'].replace(/ Hook$/, '').replace(/\s/g, '');
      if (!this['on' + method]) {
        console.log('no method for', method);
        return;
      }
      const attachments = this['on' + method](request.content);
      if (!attachments) return false;
      return {
        content: {
          username: `GitLab ${request.content.project.path_with_namespace}`,
          icon_url: request.content.project.avatar_url || '',
          attachments,
        },
      };
    } catch (e) {
      console.log('failed', e);
      return { error: { success: false, message: e.message || e } };
    }
  }

  onPush({ ref, commits, user_name, total_commits_count, project }) {
    const authors = [];
    commits.forEach(({ author }) => once(authors, author.name));
    return [
      {
        color: COLOURS.other,
        author_name: user_name,
        title: `${total_commits_count} commits to ${short(ref)}`,
        title_link: `${project.web_url}/-/commits/${short(ref)}`,
        text: commits.map((one) => `\`${one.id.slice(0, 8)}\` ${one.title || one.message.split('\n')[0]}`).join('\n'),
        fields: authors.length > 1 ? [{ title: 'Authors', value: authors.join(', ') }] : undefined,
      },
    ];
  }

  onMergeRequest({ user, object_attributes: merge }) {
    if (!['open', 'merge', 'close'].includes(merge.action)) return;
    return [
      {
        color: merge.action === 'merge' ? COLOURS.success : COLOURS.other,
        author_name: user.name,
        title: `${merge.action} !${merge.iid} ${merge.title}`,
        title_link: merge.url,
        text: `${merge.source_branch} → ${merge.target_branch}`,
      },
    ];
  }

  onPipeline({ object_attributes: pipeline, builds }) {
    if (!(pipeline.status in COLOURS)) return;
    const broken = builds.filter((one) => one.status === 'failed').map((one) => `${one.stage}/${one.name}`);
    return [
      {
        color: COLOURS[pipeline.status],
        title: `Pipeline ${pipeline.id} of ${pipeline.ref}: ${pipeline.status}`,
        text: broken.length ? `Failed: ${broken.join(', ')}` : undefined,
      },
    ];
  }
}

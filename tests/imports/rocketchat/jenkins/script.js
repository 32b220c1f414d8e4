/* globals s, _ */
var colors = {
  SUCCESS: '#36a64f',
  FAILURE: '#d00000',
  UNSTABLE: '#daa038'
};

var Script = function () {};

Script.prototype.process_incoming_request = function (params) {
  var build = params.request.content.build;
  if (!build || build.phase !== 'FINALIZED') {
    return;
  }
  title = s.sprintf('%s #%d %s', params.request.content.name, build.number, build.status.toLowerCase());
  details = _.chain(build.parameters || {})
    .pairs()
    .map(function (pair) { return { title: s.humanize(pair[0]), value: pair[1], short: true }; })
    .value();
  return {
    content: {
      username: 'Jenkins',
      attachments: [{ color: colors[build.status] || '#888888', title: title, title_link: build.full_url, fields: details }]
    }
  };
};

class Script {
  run() {
    const url = new URL('https://h/p?a=1#f');
    const params = url.searchParams;
    const log = [];
    const note = () => log.push([url.href, url.search, String(params), params === url.searchParams]);
    params.append('b', '2 3');
    note();
    url.search = '?x=%41&y';
    note();
    params.set('x', 'é');
    note();
    url.hash = '';
    url.pathname = '/q r';
    note();
    url.href = 'http://other/?only';
    note();
    params.delete('only');
    note();
    url.search = '';
    params.append('', '');
    note();
    params.sort();
    url.host = 'third:81';
    note();
    const iterator = params.entries();
    url.search = '?1=2&3=4';
    log.push(iterator.next(), iterator.next(), iterator.next());
    return log;
  }
}

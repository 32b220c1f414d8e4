class Script {
  run(request) {
    request.content.added = 1;
    delete request.content.gone;
    request.headers = null;
    request.content.list.length = 1;
    request.own = request.content.list.push(9);
    return request;
  }
}
// input: {"content": {"gone": 1, "list": [1, 2, 3]}, "headers": {}}

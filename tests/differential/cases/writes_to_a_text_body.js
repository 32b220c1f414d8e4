// A body that is no JSON comes as text; old scripts set members of it all the same.
class Script {
  run(request) {
    request.content.text = 'x';
    return typeof request.content.text;
  }
}
// input: {"content": "plain"}

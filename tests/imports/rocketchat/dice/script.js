class Script {
  prepare_outgoing_request({ request }) {
    const sides = parseInt(request.data.text.split(' ')[1], 10) || 6;
    return { message: { text: request.data.user_name + ' asks for a number up to ' + sides } };
  }
}

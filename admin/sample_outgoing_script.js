// Runs when somebody says what this integration listens for.
// Once it is saved, Run tries it with a made-up message; nothing is called.
class Script {
  prepare_outgoing_request({ request }) {
    // data: what happened (text, user_name, channel_name, trigger_word, …);
    // url, method and headers: what is sent unless you change it.
    const { text, user_name } = request.data;
    console.log(`${user_name} said`, text); // see the logs

    // Return nothing to call nobody; { message: { text } } posts without calling.
    return { ...request, method: 'POST', data: { text, user: user_name } };
  }

  process_outgoing_response({ request, response }) {
    // response: status_code, content (a text), headers.
    if (response.status_code !== 200) {
      return { content: { text: `That did not work: ${response.status_code}` } };
    }
    // Return nothing, and the answer itself is posted if it has a text; false posts nothing.
    return { content: { text: response.content.slice(0, 500) } };
  }
}

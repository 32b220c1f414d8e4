/* globals _, s */
class Script {
  prepare_outgoing_request({ request }) {
    place = s.trim(request.data.text.slice((request.data.trigger_word || '').length));
    return {
      url: request.url + '?' + _.map({ q: place, units: 'metric' }, (value, key) => key + '=' + encodeURIComponent(value)).join('&'),
      headers: request.headers,
      method: 'GET',
    };
  }

  process_outgoing_response({ request, response }) {
    var weather = JSON.parse(response.content);
    return { content: { text: weather.name + ': ' + Math.round(weather.main.temp) + ' °C' } };
  }
}

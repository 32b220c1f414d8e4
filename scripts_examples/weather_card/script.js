/* exported Script */

// Turns a weather service's answer to `#weather` into an attachment with fields and a colour.

const COLOURS = [
  [0, '#2d7ff9'],
  [20, '#28a745'],
  [30, '#f0ad4e'],
  [Infinity, '#d9534f'],
];

class Script {
  process_outgoing_response({ request, response }) {
    let weather;
    try {
      weather = JSON.parse(response.content).current;
    } catch (error) {
      console.warn(`no JSON: ${error.message}`);
    }
    if (response.status_code !== 200 || !weather) {
      return { content: { text: 'The weather service has nothing to say.' } };
    }
    const degrees = weather.temperature_2m;
    return {
      content: {
        attachments: [
          {
            title: `Weather for ${request.data.user_name}`,
            color: COLOURS.find(([limit]) => degrees < limit)[1],
            fields: [
              { title: 'Temperature', value: `${degrees} °C`, short: true },
              { title: 'Wind', value: `${weather.wind_speed_10m} km/h`, short: true },
            ],
          },
        ],
      },
    };
  }
}

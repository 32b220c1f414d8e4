const _ = { map: () => 'mine' };
var moment = 'mine too';
class Script { run() { _x = _.map(); return [_x, moment]; } }

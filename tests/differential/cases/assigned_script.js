Script = function () { this.n = 1; };
Script.prototype.run = function () { b = 2; return this.n + b; };

class A { static make() { return new A(); } kind() { return 'first'; } }
const First = A;
A = class { kind() { return 'second'; } };
class Script { run() { p = 1; return [First.make().kind(), new A().kind()]; } }

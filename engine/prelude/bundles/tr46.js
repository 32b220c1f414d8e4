// Hosts beyond ASCII.
export { toASCII } from 'tr46';

/* globals console, _, s */
/* exported Script */
class
Script /* { */ extends /* extends */
Object
{ // a brace }
  constructor // the maker
  ( ) /* body */ {
    super ( ) // made
    ; this . a = 1 }
  ;
  static // static
  make ( ) { return new Script }
  async // no field
  ; get
  b ( ) { return o = 2 }
  'quoted' ( ) { return 3 }
  run ( ) { return [ this . a , Script . make ( ) . b , this . quoted ( ) , o ] }
}

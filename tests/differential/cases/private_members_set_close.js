class Script {
  async#wait(x){return(await x)+this.#own}
  get#own(){return 1}
  static#kept=2;static#twice(){return this.#kept*2}
  *#steps(){yield*[1,2]}
  async run(){k=await this.#wait(4);return[k,Script.#twice(),[...this.#steps()]]}
}

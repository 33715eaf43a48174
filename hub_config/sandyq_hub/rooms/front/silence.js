// @ts-check
// A kernel that does not get done with what it is at: a loop without end, or work that takes very long.

/** Milliseconds for which what was done waits until that is worth a word. */
const LONGEST_SILENCE = 12000;

/** Notices that something waits for the kernel, which has done with nothing for long. */
export class Silence {
  /** @param {() => boolean} waits is something waiting behind what the kernel is at?
   * @param {(isOn: boolean) => void} tell it has begun, or has ended */
  constructor(waits, tell) {
    this.waits = waits;
    this.tell = tell;
    this.isOn = false;
    this.timer = 0;
  }

  /** Something was said, or held back. */
  listen() {
    if (this.timer || this.isOn || !this.waits()) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (this.waits()) this.change(true);
    }, LONGEST_SILENCE);
  }

  /** The kernel has done with something. */
  break() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isOn) this.change(false);
    this.listen();
  }

  /** @param {boolean} isOn */
  change(isOn) {
    this.isOn = isOn;
    this.tell(isOn);
  }
}

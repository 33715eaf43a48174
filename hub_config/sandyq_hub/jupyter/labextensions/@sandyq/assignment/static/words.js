/* The person's language where Lab and Notebook forget it: in questions that are asked without a translator ("Rename File",
   "Trust this notebook?"), and in how long ago a file was changed, as browsers without Kazakh tell it ("-57 s"). */

/** As Unicode's CLDR has it: ago, from now on, and in a narrow column. */
const KAZAKH = {
  second: ["секунд", "секундтан", "сек."],
  minute: ["минут", "минуттан", "мин."],
  hour: ["сағат", "сағаттан", "сағ."],
  day: ["күн", "күннен", "күн"],
  week: ["апта", "аптадан", "апта"],
  month: ["ай", "айдан", "ай"],
  quarter: ["тоқсан", "тоқсаннан", "тқс."],
  year: ["жыл", "жылдан", "ж."],
};

/** @param {object} translator The page's. @param {object} nullTranslator What parts take that are given none. */
export function useWords(translator, nullTranslator) {
  nullTranslator.load = (domain) => translator.load(domain);
  const { lang } = document.documentElement;
  const knows = new Intl.RelativeTimeFormat(lang || "en").format(-2, "hours").includes(KAZAKH.hour[0]);
  if (lang.startsWith("kk") && !knows) Intl.RelativeTimeFormat = KazakhTime;
}

class KazakhTime extends Intl.RelativeTimeFormat {
  format(value, unit) {
    const [ago, fromNow, short] = KAZAKH[unit.replace(/s$/, "")];
    if (!value) return "қазір";
    if (value > 0) return `${value} ${fromNow} кейін`;
    return `${-value} ${this.resolvedOptions().style === "long" ? ago : short} бұрын`;
  }
}

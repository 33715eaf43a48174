// @ts-check
// What is chosen in ipywidgets' own input widgets, taken from one page to the same widgets of another.

/** @typedef {{ model_name: string, model_module: string, state: Record<string, any> }} Saved */
/** @typedef {{ widget: number, value: any }} Chosen `value`: the labels of what is chosen, where there are options */

const CONTROLS = "@jupyter-widgets/controls";
/** No passwords, which are kept nowhere, and no files, which have to be chosen again. */
const INPUT = /(Slider|Text|Textarea|Checkbox|ToggleButtons?|Dropdown|RadioButtons|Select|SelectMultiple|Combobox|Picker|Time|Datetime|Input)Model$/;

/** @param {Saved} model */
export function isInput({ model_name, model_module }) {
  return model_module === CONTROLS && INPUT.test(model_name);
}

/** What each widget is and what stands beside it, as a reader tells one from another.
 * @param {Record<string, Saved>} states @param {string[]} order */
export function describe(states, order) {
  /** @type {Record<string, string>} texts before widgets that have no description of their own */
  const captions = {};
  for (const { state } of Object.values(states)) {
    const children = (state.children || []).map((/** @type {string} */ child) => child.replace("IPY_MODEL_", ""));
    for (const [n, child] of children.entries()) {
      const before = states[children[n - 1]];
      if (/^(Label|HTML|HTMLMath)Model$/.test(before?.model_name)) captions[child] = before.state.value;
    }
  }
  return order.map((id) => {
    const { model_module, model_name, state } = states[id];
    // A question is the same one while its name and its parts are.
    const label = state.description || state.name || captions[id] || state.placeholder || state._options_labels || "";
    return JSON.stringify([model_module, model_name, label, state.face || ""]);
  });
}

/** Where each widget of one page is on another, -1 where that is not sure: all are where they were, or a widget is the
 * only one of its description on both. @param {string[]} before @param {string[]} now */
export function match(before, now) {
  if (JSON.stringify(before) === JSON.stringify(now)) return now.map((_, n) => n);
  const isOnlyOne = (/** @type {string[]} */ all, /** @type {string} */ each) => all.indexOf(each) === all.lastIndexOf(each);
  return before.map((each) => (isOnlyOne(before, each) && isOnlyOne(now, each) ? now.indexOf(each) : -1));
}

/** What a widget holds now, or undefined where that is what its page came with.
 * @param {any} model @param {Record<string, any> | null} state with which the page came; null: whatever it was */
export function readChosen(model, state) {
  if (model.get("disabled")) return undefined; // shows something, and asks nobody
  const name = model.has("_options_labels") ? "index" : "value";
  const held = model.serialize({ [name]: model.get(name) })[name] ?? null;
  if (state && JSON.stringify(held) === JSON.stringify(state[name])) return undefined;
  if (name === "value" || held === null) return held;
  const labels = model.get("_options_labels");
  return Array.isArray(held) ? held.map((n) => labels[n]) : labels[held];
}

/** Choose the same again and tell the kernel; an option that is no longer there, or there twice, is left alone.
 * @param {any} model @param {any} value */
export async function choose(model, value) {
  const name = model.has("_options_labels") ? "index" : "value";
  const labels = model.get("_options_labels");
  const find = (/** @type {string} */ label) => (labels.indexOf(label) === labels.lastIndexOf(label) ? labels.indexOf(label) : -1);
  let held = value;
  if (name === "index" && value !== null) held = Array.isArray(value) ? value.map(find) : find(value);
  if ([held].flat().includes(-1) && name === "index") return;
  model.set(await model.constructor._deserialize_state({ [name]: held }, model.widget_manager));
  model.save_changes();
}

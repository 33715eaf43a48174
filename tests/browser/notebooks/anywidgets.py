"""What a widget made with anywidget can do; cells as Jupytext writes them."""

# %%
import anywidget
import ipywidgets as w
import traitlets
from anywidget.experimental import command
from IPython.display import display


def show(name, widget):
    """Show a widget under a name by which the tour finds it."""
    widget.add_class(f"the-{name}")
    display(widget)
    return widget


# %% [markdown]
# # State, both ways


# %%
class Counter(anywidget.AnyWidget):
    _esm = """
    function render({ model, el }) {
      const button = document.createElement("button");
      const show = () => { button.textContent = `count ${model.get("count")}`; };
      button.className = "counter";
      button.addEventListener("click", () => { model.set("count", model.get("count") + 1); model.save_changes(); });
      model.on("change:count", show);
      show();
      el.classList.add("counted");
      el.append(button);
    }
    export default { render };
    """
    _css = ".counter { color: rgb(1, 2, 3); }"
    count = traitlets.Int(1).tag(sync=True)
    doubled = traitlets.Int(2).tag(sync=True)

    @traitlets.observe("count")
    def _double(self, change):
        self.doubled = 2 * change["new"]


counter = show("counter", Counter(count=4))
display(counter)  # two views of one model
show("other-counter", Counter())


class Listener(anywidget.AnyWidget):
    _esm = """
    export function render({ model, el }) {
      const lines = document.createElement("pre");
      const say = (line) => { lines.textContent += line + "\\n"; };
      const both = () => say(`changed ${JSON.stringify(model.changedAttributes?.() ?? null)}`);
      const named = (_, value) => say(`a is ${value}`);
      model.on("change:a", named);
      model.on("change", both);
      model.on("change:a change:b", () => say("a or b"));
      const off = document.createElement("button");
      off.textContent = "off";
      off.onclick = () => { model.off("change:a", named); say("off"); };
      const many = document.createElement("button");
      many.textContent = "many";
      many.onclick = () => {
        model.set("a", model.get("a") + 1);
        model.set("a", model.get("a") + 1);
        model.set({ b: { deep: [1, { two: null }], text: "ә\\u2028" } });
        model.save_changes();
        say("saved");
      };
      say(JSON.stringify([model.get("a"), model.get("b"), model.get("nothing") ?? "undefined"]));
      el.append(off, many, lines);
    }
    """
    a = traitlets.Int(1).tag(sync=True)
    b = traitlets.Dict({}).tag(sync=True)


listener = show("listener", Listener())

# %% [markdown]
# # Modules


# %%
class ByFunction(anywidget.AnyWidget):
    _esm = """
    export default async () => {
      let calls = 0;
      return {
        async initialize({ model }) {
          calls += 1;
          await new Promise((resolve) => setTimeout(resolve, 5));
          model.set("begun", `initialize ${calls}`);
          model.on("msg:custom", (message) => { model.set("begun", message.text); model.save_changes(); });
          model.save_changes();
        },
        render({ model, el }) {
          const show = () => { el.textContent = model.get("begun"); };
          model.on("change:begun", show);
          show();
        },
      };
    };
    """
    begun = traitlets.Unicode("").tag(sync=True)


class OnlyBegins(anywidget.AnyWidget):
    _esm = """export default { initialize({ model }) { model.set("begun", "without a view"); model.save_changes(); } }"""
    begun = traitlets.Unicode("").tag(sync=True)


class Nothing(anywidget.AnyWidget):
    """anywidget's own text."""


by_function = show("by-function", ByFunction())
begins = show("begins", OnlyBegins())
show("nothing", Nothing())

# %% [markdown]
# # Messages and binary data


# %%
class Messenger(anywidget.AnyWidget):
    _esm = """
    const text = (view) => new TextDecoder().decode(view);
    export function render({ model, el }) {
      const lines = document.createElement("pre");
      const say = (line) => { lines.textContent += line + "\\n"; };
      const bytes = () => model.get("data");
      const about = (value) => `${value.constructor.name} ${value.byteLength} ${text(value)}`;
      model.on("msg:custom", (message, buffers) => {
        say(JSON.stringify(message) + buffers.map((one) => ` ${about(one)}`).join());
      });
      model.on("change:data", () => say(about(bytes())));
      say(about(bytes()));
      say(about(model.get("nested").parts[1]));
      const button = (label, press) => {
        const made = document.createElement("button");
        made.textContent = label;
        made.onclick = press;
        el.append(made);
      };
      button("send", () => model.send({ type: "hello" }, undefined, [new TextEncoder().encode("sent").buffer]));
      button("plain", () => model.send("only text"));
      button("set", () => {
        model.set("data", new DataView(new TextEncoder().encode("from the page").buffer));
        model.set("nested", { parts: [1, new DataView(new Uint8Array([104, 105, 33]).buffer, 0, 2)] });
        model.save_changes();
      });
      el.append(lines);
    }
    """
    data = traitlets.Bytes(b"from Python").tag(sync=True)
    nested = traitlets.Dict({"parts": [0, b"deep"]}).tag(sync=True)
    heard = traitlets.List([]).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self.on_msg(self._answer)

    def _answer(self, _widget, content, buffers):
        self.heard = [*self.heard, [content, [bytes(one).decode() for one in buffers]]]
        self.send({"answer": content}, [b"back ", b"twice"])


messenger = show("messenger", Messenger())


class Commander(anywidget.AnyWidget):
    _esm = """
    export function render({ model, el, experimental }) {
      const lines = document.createElement("pre");
      const call = document.createElement("button");
      call.textContent = "invoke";
      call.onclick = async () => {
        const [answer, buffers] = await experimental.invoke("add", { a: 2, b: 3 }, {
          buffers: [new DataView(new TextEncoder().encode("in").buffer)],
        });
        lines.textContent += `${JSON.stringify(answer)} ${buffers.map((one) => new TextDecoder().decode(one))}\\n`;
      };
      const late = document.createElement("button");
      late.textContent = "abort";
      late.onclick = async () => {
        try {
          await experimental.invoke("nothing", {}, { signal: AbortSignal.abort() });
        } catch (problem) {
          lines.textContent += `${problem.name}\\n`;
        }
      };
      el.append(call, late, lines);
    }
    """
    calls = traitlets.Int(0).tag(sync=True)

    @command
    def add(self, message, buffers):
        self.calls += 1
        return {"sum": message["a"] + message["b"]}, [bytes(one)[::-1] for one in buffers]

    @command
    def nothing(self, message, buffers):
        """anywidget makes a call that was given up before, we do not."""
        return None, []


show("commander", Commander())

# %% [markdown]
# # Other widgets, and ends


# %%
class Holder(anywidget.AnyWidget):
    _esm = """
    export async function render({ model, el }) {
      const draw = async () => {
        const references = [model.get("child"), ...model.get("children")];
        const models = await Promise.all(references.map((one) => model.widget_manager.get_model(one.slice(10))));
        const views = await Promise.all(models.map((one) => model.widget_manager.create_view(one)));
        el.replaceChildren(...views.map((view) => view.el));
        const text = document.createElement("p");
        text.textContent = models.map((one) => `${one.get("_model_name")} ${one.get("value")}`).join();
        el.append(text);
      };
      model.on("change:children", draw);
      await draw();
    }
    """
    child = traitlets.Instance(w.Widget).tag(sync=True, **w.widget_serialization)
    children = traitlets.List(traitlets.Instance(w.Widget)).tag(sync=True, **w.widget_serialization)


inner = w.IntSlider(3, description="held")
holder = show("holder", Holder(child=inner, children=[w.Text("t")]))


class Ending(anywidget.AnyWidget):
    _esm = """
    export default {
      initialize({ model }) {
        return () => { (window.ended ??= []).push(`model ${model.get("name")}`); };
      },
      render({ model, el }) {
        el.textContent = `here is ${model.get("name")}`;
        return () => { (window.ended ??= []).push(`view ${model.get("name")}`); };
      },
    };
    """
    name = traitlets.Unicode("").tag(sync=True)


first, second = Ending(name="first"), Ending(name="second")
again = w.HBox([first])
box = show("endings", w.VBox([first, second, again]))

# %% [markdown]
# # What Python does to them

# %%
steps = []


def step(press):
    button = w.Button(description=press.__name__)
    button.on_click(lambda _: press())
    steps.append(show(press.__name__, button))


@step
def count():
    counter.count += 10
    listener.a = 50
    with listener.hold_sync():
        listener.a, listener.b = 60, {"held": True}


@step
def tell():
    messenger.send({"from": "Python"}, [b"buffer"])
    messenger.data = b"changed \xd3\x99"
    by_function.send({"text": "told"})


@step
def renew():
    """The module and the style change while they are shown."""
    counter._css = ".counter { color: rgb(4, 5, 6); }"
    counter._esm = (
        "export default { render({ model, el }) { el.innerHTML = `<i>renewed ${model.get('count')}</i>`; } }"
    )
    first._esm = "export function render({ el }) { el.textContent = 'the first anew'; }"


@step
def hold():
    holder.children = [w.Checkbox(True, description="new"), w.Label("and a label")]


@step
def end():
    box.children = [second]
    again.close()
    first.close()

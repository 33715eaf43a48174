"""Every type of widget that ipywidgets has, with what one can set of it; cells as Jupytext writes them."""

# %%
import datetime
from io import BytesIO

import ipywidgets as w
from IPython.display import HTML, Markdown, clear_output, display
from PIL import Image as Picture

UTC = datetime.UTC
DAY = datetime.date(2026, 11, 24)
NOON = datetime.time(12, 30)


def show(name, widget):
    """Show a widget under a name by which the tour finds it."""
    widget.add_class(f"the-{name}")
    display(widget)
    return widget


def paint(kind):
    """The bytes of a small picture."""
    file = BytesIO()
    Picture.new("RGB", (6, 4), (11, 110, 110)).save(file, kind)
    return file.getvalue()


# %% [markdown]
# # Numbers

# %%
slider = show(
    "int-slider", w.IntSlider(3, min=-2, max=9, step=2, description="Slide", tooltip="a <b>tip</b>")
)
show(
    "standing-slider",
    w.IntSlider(5, orientation="vertical", readout_format="x", style={"handle_color": "red"}),
)
show("disabled-slider", w.IntSlider(1, disabled=True, readout=False, tabbable=False))
show(
    "float-slider", w.FloatSlider(2.5, min=0, max=5, step=0.5, continuous_update=False, readout_format=".3f")
)
show("log-slider", w.FloatLogSlider(10, base=10, min=-2, max=3, step=0.5, description="log"))
show("int-range", w.IntRangeSlider(value=(2, 6), min=0, max=9, description="from to"))
show("float-range", w.FloatRangeSlider(value=(0.5, 1.5), min=0, max=3, step=0.25, orientation="vertical"))
show("int-text", w.IntText(7, step=3, description="whole"))
show("bounded-int", w.BoundedIntText(7, min=0, max=10, step=2, disabled=False))
show("float-text", w.FloatText(1.5, step=0.1, description="real", layout=w.Layout(width="12em")))
show("bounded-float", w.BoundedFloatText(1.5, min=0, max=2, step=0.1, continuous_update=True))
show(
    "int-progress",
    w.IntProgress(4, max=8, bar_style="success", description="done", style={"bar_color": "teal"}),
)
show("float-progress", w.FloatProgress(0.4, max=1, bar_style="danger", orientation="vertical"))
play = show("play", w.Play(0, min=0, max=3, step=1, interval=20, show_repeat=True, playing=False))
played = show("played", w.IntProgress(max=3))
show("plays", w.VBox([w.jslink((play, "value"), (played, "value")) and w.Label("linked")]))

# %% [markdown]
# # Yes and no

# %%
show("checkbox", w.Checkbox(True, description="I <i>agree</i>", description_allow_html=True, indent=False))
show("plain-checkbox", w.Checkbox(False, description="no <i>markup</i>", style={"background": "#ffe"}))
toggle = {
    "font_weight": "bold",
    "text_color": "ivory",
    "text_decoration": "underline",
    "font_style": "italic",
}
show("toggle", w.ToggleButton(False, description="Toggle", icon="check", button_style="info", style=toggle))
show("valid", w.Valid(False, readout="not so", description="valid"))
show("valid-too", w.Valid(True))
press_style = {
    "button_color": "lightgreen",
    "font_size": "1.5em",
    "font_family": "serif",
    "font_variant": "small-caps",
}
button = show("button", w.Button(description="Press", icon="fa-bolt", tooltip="do", style=press_style))
heard = show("heard", w.Label("nothing"))
button.on_click(lambda _: setattr(heard, "value", heard.value + "!"))
show("disabled-button", w.Button(description="never", disabled=True, button_style="warning"))

# %% [markdown]
# # Choices

# %%
show("dropdown", w.Dropdown(options=[("one", 1), ("two", 2), ("three", 3)], value=2, description="of $x^2$"))
show("empty-dropdown", w.Dropdown(options=["a", "b"], value=None, disabled=True))
show("radio", w.RadioButtons(options=["red", "green", "blue"], index=1, description="colour"))
show("lying-radio", w.RadioButtons(options=["x", "y"], orientation="horizontal"))
show("select", w.Select(options=list("abcdef"), value="c", rows=4, description="list"))
show("multiple", w.SelectMultiple(options=list("abcd"), value=("a", "c"), rows=3))
show("selection-slider", w.SelectionSlider(options=["low", "mid", "high"], value="mid", readout=True))
show("selection-range", w.SelectionRangeSlider(options=list(range(6)), index=(1, 3), description="years"))
show(
    "toggle-buttons",
    w.ToggleButtons(
        options=["Slow", "Fast"],
        tooltips=["s", "f"],
        icons=["check", ""],
        button_style="primary",
        style={"button_width": "7em", "font_weight": "600", "description_width": "5em"},
        description="speed",
    ),
)
show(
    "combobox",
    w.Combobox(placeholder="which?", options=["Paul", "John"], ensure_option=True, description="who"),
)

# %% [markdown]
# # Texts

# %%
show(
    "text",
    w.Text(
        "words", placeholder="type", description="Text:", style={"text_color": "green", "font_size": "20px"}
    ),
)
show("lazy-text", w.Text("", continuous_update=False, placeholder="Enter sends"))
show("textarea", w.Textarea("two\nlines", rows=4, description="Area", disabled=False))
show("password", w.Password("secret", placeholder="pass", description="Hidden"))
show(
    "label",
    w.Label("a label with $a^2$", style={"font_style": "italic", "background": "#eee", "text_color": "#333"}),
)
show(
    "html",
    w.HTML("<b>bold</b> <a href='#x'>link</a><script>1</script>", placeholder="none", description="HTML"),
)
show(
    "html-maths",
    w.HTMLMath(r"Sum \(\sum_i i\) and <i>$\frac{1}{2}$</i>", description="$y$", style={"font_size": "2em"}),
)
show("odd-descriptions", w.VBox([
    w.IntText(description="<b onclick='x()'>b</b> <img src='x'> & <u>u</u>", description_allow_html=True),
    w.IntText(description="<b>as it is</b> &amp; so", style={"description_width": "initial"}),
]))  # fmt: skip
show(
    "tags", w.TagsInput(value=["pizza", "fries"], allowed_tags=["pizza", "fries", "tea"], tag_style="warning")
)
show("free-tags", w.TagsInput(value=[], placeholder="add", allow_duplicates=False))
show("colours", w.ColorsInput(value=["red", "#0b6e6e"], tag_style=""))
show("ints", w.IntsInput(value=[1, 20], min=0, max=99, format=".3d", tag_style="success"))
show("floats", w.FloatsInput(value=[0.5, 2.25], format=".2f", disabled=False))

# %% [markdown]
# # Days, colours, files, media

# %%
show("date", w.DatePicker(value=DAY, min=DAY, max=datetime.date(2027, 1, 1), step=2, description="day"))
show("time", w.TimePicker(value=NOON, min=datetime.time(8), max=datetime.time(18), step=60))
show("datetime", w.DatetimePicker(value=datetime.datetime(2026, 11, 24, 9, 5, tzinfo=UTC), description="at"))
show("naive-datetime", w.NaiveDatetimePicker(value=datetime.datetime(2026, 11, 24, 9, 5)))
show("colour", w.ColorPicker(value="teal", description="any", concise=False))
show("concise-colour", w.ColorPicker(value="#123456", concise=True, disabled=False))
show(
    "upload",
    w.FileUpload(accept=".txt,.bin", multiple=True, description="Files", icon="folder", button_style="info"),
)
show("png", w.Image(value=paint("PNG"), format="png", width=60, height="40"))
show("jpeg", w.Image(value=paint("JPEG"), format="jpg", layout=w.Layout(border="1px solid red")))
show("image-address", w.Image(value=b"data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=", format="url"))
show("audio", w.Audio(value=b"RIFF\x00", format="wav", autoplay=False, loop=False, controls=True))
show(
    "video",
    w.Video(value=b"\x1aE\xdf\xa3", format="webm", width="80", height="60", autoplay=False, loop=True),
)
show("controller", w.Controller(index=0))
show("controller-axis", w.widgets.widget_controller.Axis())
show("controller-button", w.widgets.widget_controller.Button())

# %% [markdown]
# # Boxes

# %%
full = w.Layout(
    width="90%", height="8em", min_width="5em", max_width="60em", min_height="2em", max_height="20em", margin="1px 2px",
    padding="3px", border="2px dashed gray", border_left="1px solid", overflow="auto", visibility="visible",
    display="flex", flex_flow="row wrap", align_items="center", align_content="stretch", align_self="auto",
    justify_content="space-between", justify_items="flex-start", order="1", flex="1 1 auto", top="0", left="0", right="0",
    bottom="0", object_fit="contain", object_position="center", grid_area="auto",
)  # fmt: skip
show("box", w.Box([w.Label("in a box"), w.Button(description="x")], layout=full, box_style="info"))
show("rows", w.HBox([w.VBox([w.Label("a"), w.Label("b")]), w.Label("c")], box_style="danger"))
grid = w.Layout(
    grid_template_columns="1fr 2fr", grid_gap="4px", grid_template_rows="auto", grid_auto_flow="row"
)
show("grid-box", w.GridBox([w.Label(letter) for letter in "pqrs"], layout=grid))
areas = w.GridspecLayout(3, 3, height="120px", grid_gap="2px")
areas[0, :] = w.Button(description="top", layout=w.Layout(width="auto"))
areas[1:, 0] = w.Label("left")
areas[2, 1:] = w.IntText(4)
show("gridspec", areas)
show(
    "app-layout",
    w.AppLayout(
        header=w.HTML("<h4>head</h4>"), left_sidebar=w.Label("left"), center=w.Textarea("centre"), footer=w.Label("foot"),
        pane_widths=[1, 3, 0], pane_heights=["40px", 1, "40px"], grid_gap="5px", justify_items="center",
    ),
)  # fmt: skip
corner = w.Button(description="bottom right")
show("two-by-two", w.TwoByTwoLayout(top_left=w.Label("tl"), bottom_right=corner, merge=False, width="50%"))
show(
    "tab",
    w.Tab(
        [w.Label("first"), w.Text("second"), w.Label("third")], titles=["One", "Two $2$"], selected_index=1
    ),
)
show(
    "accordion",
    w.Accordion([w.Label("inner"), w.IntSlider(2)], titles=["Open <i>me</i>"], selected_index=None),
)
stack = show("stack", w.Stack([w.Label("zero"), w.Label("one")], selected_index=1))
which = show("which", w.BoundedIntText(0, max=1))
w.jsdlink((which, "value"), (stack, "selected_index"))
show("empty", w.VBox([]))
hidden = show("hidden", w.VBox([w.Label("not seen")], layout={"display": "none"}))
show("many", w.Box([same := w.Label("same"), same]))

# %% [markdown]
# # Links and outputs

# %%
one, two, three = w.IntSlider(1), w.IntText(2), w.FloatProgress(0, max=100)
w.jslink((one, "value"), (two, "value"))
forth = w.jsdlink((two, "value"), (three, "value"))
show("jslinked", w.VBox([one.add_class("the-js-source"), two, three]))
left, right = w.Text("l"), w.Text("r")
w.link((left, "value"), (right, "value"))
w.dlink((right, "value"), (heard, "value"), lambda text: text.upper())
show("linked", w.HBox([left.add_class("the-left"), right]))
unlink = show("unlink", w.Button(description="Unlink"))
unlink.on_click(lambda _: (forth.unlink(), setattr(unlink, "description", "Unlinked")))

# %%
out = show("output", w.Output(layout={"border": "1px solid"}))
with out:
    print("printed")
    display(HTML("<i>shown</i>"), Markdown("*marked*"), w.Label("widget inside"))
inner = w.Output()
nested = show("nested", w.Output())
with nested:
    print("outer before")
    display(inner)
    with inner:
        print("inner")
    print("outer after")
appended = show("appended", w.Output())
appended.append_stdout("out\n")
appended.append_stderr("err\n")
appended.append_display_data(HTML("<u>data</u>"))
log = show("log", w.Output())


@log.capture(clear_output=True, wait=True)
def count(change):
    print("now", change.new)


slider.observe(count, "value")


@out.capture()
def say(_):
    print("pressed")
    print("more", end="")
    print(" on the line")
    display(w.Label("new widget"))


talk = show("talk", w.Button(description="Talk"))
talk.on_click(say)
wipe = show("wipe", w.Button(description="Wipe"))


def clear(_):
    out.clear_output()
    with nested:
        clear_output(wait=True)
        print("replaced")


wipe.on_click(clear)
fail = show("fail", w.Button(description="Fail"))


@appended.capture()
def stumble(_):
    print("before")
    raise ValueError("of the callback")


fail.on_click(stumble)

# %% [markdown]
# # Functions


# %%
def add(n=2, x=1.5, yes=True, text="t", choice="a"):
    print(n + x, yes, text, choice)
    return w.Label(text)


w.interact(add, n=(0, 5), x=(0.0, 2.0, 0.5), choice=["a", "b"]).widget.add_class("the-interact")
w.interact_manual(lambda word: print(word * 2), word="hi").widget.add_class("the-manual")
number = w.IntSlider(3, max=6)
shown = w.interactive_output(lambda n: display(HTML(f"<b>{'*' * n}</b>")), {"n": number})
show("interactive-output", w.HBox([number.add_class("the-stars"), shown]))
show("interactive", w.interactive(lambda a, b: display(f"{a}{b}"), a=w.fixed("fixed"), b=["x", "y"]))

# %% [markdown]
# # What Python does to them

# %%
late = show("late", w.VBox())
subject = show("subject", w.Text("subject"))
change = show("change", w.Button(description="Change"))


def alter(_):
    """Everything that may happen to a widget that is on the page."""
    late.children = [
        *late.children,
        w.Button(description=f"b{len(late.children)}"),
        w.Tab([w.Label("t")], titles=["T"]),
    ]
    late.box_style = "success"
    subject.layout.width = "30em"
    subject.style.background = "yellow"
    subject.description = "named"
    subject.disabled = True
    subject.tooltip = "changed"
    subject.tabbable = False
    subject.add_class("more")
    subject.remove_class("the-subject")
    slider.max = 40
    slider.value = 20
    stack.titles = ["x"]
    hidden.layout.display = None
    for gone in hidden.children:
        hidden.children = []
        gone.close()
    button.icon = "rocket"
    display(HTML("<p>from a callback, seen nowhere</p>"))


change.on_click(alter)
focus = show("focus", w.Button(description="Focus"))
focus.on_click(lambda _: left.focus())

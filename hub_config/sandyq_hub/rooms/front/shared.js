// What the page's script shares with that of the controls: they are about the same models, views and widgets.

export * from "@jupyter-widgets/base";
export { ArrayExt, each, map, toArray, StringExt } from "@lumino/algorithm";
export { JSONExt, MimeData, PromiseDelegate, UUID } from "@lumino/coreutils";
export { DisposableDelegate } from "@lumino/disposable";
export { ElementExt, Platform } from "@lumino/domutils";
export { MessageLoop, Message, ConflatableMessage } from "@lumino/messaging";
export { AttachedProperty } from "@lumino/properties";
export { Signal } from "@lumino/signaling";
export { Layout, LayoutItem, Panel, PanelLayout, Title, Widget } from "@lumino/widgets";

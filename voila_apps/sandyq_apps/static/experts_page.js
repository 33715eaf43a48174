// The expert's page, opened from disk: answers are written, kept on this PC, saved into a file that goes back.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var place = "sandyq-expert-" + data.code;
  var language = data.language;
  /** @type {Record<string, {text: string, written: string}>} What was written here, by question. */
  var drafts = {};
  var isSaved = true;
  var byId = function (id) { return document.getElementById(id); };
  var say = function (key) { return data.words[language][key]; };
  var all = function (query) { return Array.prototype.slice.call(document.querySelectorAll(query)); };

  try { drafts = JSON.parse(localStorage.getItem(place) || "{}") || {}; } catch (problem) { drafts = {}; }

  function make(tag, properties, children) {
    var element = document.createElement(tag);
    Object.keys(properties || {}).forEach(function (name) { element.setAttribute(name, properties[name]); });
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  }

  /** An element whose words follow the language. @param {string} key */
  function worded(tag, key, properties) {
    return make(tag, Object.assign({ "data-word": key }, properties));
  }

  function textOf(question) {
    return drafts[question.id] ? drafts[question.id].text : question.answer;
  }

  function drawQuestion(question, index) {
    var id = "answer-" + question.id;
    var area = make("textarea", { id: id, rows: "5", maxlength: "4000", "data-question": String(question.id) });
    area.value = textOf(question);
    area.addEventListener("input", function () { keep(question, area.value); });
    var votes = make("p", { class: "quiet" }, [worded("span", "votes"), ": " + question.votes]);
    var title = make("h2", { id: "question-" + question.id }, [index + 1 + ". " + question.text]);
    return make("section", {}, [title, votes, worded("label", "answer", { for: id }), area]);
  }

  function keep(question, text) {
    drafts[question.id] = { text: text, written: new Date().toISOString() };
    isSaved = false;
    var isKept = true;
    try { localStorage.setItem(place, JSON.stringify(drafts)); } catch (problem) { isKept = false; }
    tell(isKept ? "kept" : "not_kept");
    count();
  }

  function tell(key) {
    var status = byId("status");
    if (status.getAttribute("data-word") === key) return; // not to be read out at each letter
    status.setAttribute("data-word", key);
    status.textContent = say(key);
  }

  function count() {
    var done = data.questions.filter(function (each) { return textOf(each).trim(); }).length;
    byId("count").textContent = say("done").replace("{done}", String(done)).replace("{all}", String(data.questions.length));
  }

  function speak(chosen) {
    language = chosen;
    document.documentElement.lang = chosen;
    all("[data-word]").forEach(function (each) { each.textContent = say(each.getAttribute("data-word")); });
    all("[data-language]").forEach(function (each) {
      each.setAttribute("aria-pressed", String(each.getAttribute("data-language") === chosen));
    });
    count();
  }

  // the file

  /** CRC-32 of a text in UTF-8, as eight hexadecimal digits. @param {string} text */
  function checksum(text) {
    var bytes = new TextEncoder().encode(text);
    var sum = -1;
    for (var i = 0; i < bytes.length; i += 1) {
      sum ^= bytes[i];
      for (var bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ("0000000" + ((sum ^ -1) >>> 0).toString(16)).slice(-8);
  }

  /** What was emptied goes along, too: it may have been sent before. */
  function isNew(question) {
    var draft = drafts[question.id];
    return draft && (!draft.text.trim() || draft.text.trim() !== question.answer.trim());
  }

  function build() {
    var whole = function (text) { return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/g, "\uFFFD"); };
    var answers = data.questions.filter(isNew).map(function (each) {
      return { question: each.id, asked: each.text, written: drafts[each.id].written, text: whole(drafts[each.id].text.trim()) };
    });
    var saved = new Date().toISOString();
    var list = answers.map(function (each) { return [each.question, each.asked, each.written, each.text]; });
    var check = checksum(JSON.stringify([data.code, data.expert, saved, list]));
    return { format: "sandyq-expert-answers", code: data.code, expert: data.expert, saved: saved, answers: answers, check: check };
  }

  function save() {
    var file = build();
    if (!file.answers.length) {
      tell("nothing");
      var first = document.querySelector("textarea");
      if (first) first.focus();
      return;
    }
    var url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    var link = make("a", { href: url, download: "answers.json" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(url); }, 60000);
    isSaved = true;
    tell("saved");
  }

  /** Go on with a file saved earlier, perhaps on another PC; what is newer here stays. */
  function goOn(file) {
    var reader = new FileReader();
    reader.onload = function () {
      try {
        var told = JSON.parse(String(reader.result));
        if (told.format !== "sandyq-expert-answers" || told.code !== data.code) throw new Error("foreign");
        told.answers.forEach(function (each) {
          var draft = drafts[each.question];
          var isText = typeof each.text === "string" && typeof each.written === "string";
          if (isText && !(draft && draft.written > each.written)) drafts[each.question] = { text: each.text, written: each.written };
        });
        try { localStorage.setItem(place, JSON.stringify(drafts)); } catch (problem) { isSaved = false; }
        fill();
        tell("opened");
      } catch (problem) { tell("foreign"); }
    };
    reader.readAsText(file);
  }

  function fill() {
    data.questions.forEach(function (each) { byId("answer-" + each.id).value = textOf(each); });
    count();
  }

  data.questions.forEach(function (each, index) { byId("questions").append(drawQuestion(each, index)); });
  all("[data-language]").forEach(function (each) {
    each.addEventListener("click", function () { speak(each.getAttribute("data-language")); });
  });
  byId("save").addEventListener("click", save);
  byId("print").addEventListener("click", function () { window.print(); });
  byId("open").addEventListener("change", function () {
    if (byId("open").files[0]) goOn(byId("open").files[0]);
    byId("open").value = "";
  });
  window.addEventListener("beforeunload", function (event) {
    if (!isSaved) { event.preventDefault(); event.returnValue = ""; }
  });
  speak(data.language);
})();

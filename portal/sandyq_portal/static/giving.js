// "Only for some" shows the pupils of the class that is chosen. Without scripts all are shown, and who is of another class is refused.
const chosen = document.querySelector("select[name=class_id]");

function showClass() {
  for (const people of document.querySelectorAll("fieldset[data-class]")) {
    people.hidden = people.disabled = people.dataset.class !== chosen.value;
  }
}

if (chosen) {
  chosen.addEventListener("change", showClass);
  showClass();
}

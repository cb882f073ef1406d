// The controls of a multi-domain generator, and the label that they ask for (edgegan.domains).

// Fill a form with a choice for each exclusive group, and a slider for each toggle; if there are
// several data sets, with a choice of the one whose labels count. `changed` is told of each change.
export function build(form, domains, changed) {
  const sets = count(domains);
  if (sets > 1) form.append(choiceOfSet(sets));
  for (let set = 0; set < sets; set++) {
    const known = domains.filter((domain) => domain.dataset === set);
    const groups = new Set(known.map((domain) => domain.group).filter(Boolean));
    for (const group of groups) form.append(choice(group, set, known.filter((d) => d.group === group)));
    const toggles = known.filter((domain) => !domain.group);
    if (toggles.length) form.append(sliders(set, toggles));
  }
  showSet(form);
  form.addEventListener("input", (event) => {
    showSet(form);
    changed(event);
  });
  form.hidden = false;
}

// The label, as edgegan.domains.encode makes it: one entry a domain and, if there are several data
// sets, one more for each, of which the chosen one is 1.
export function label(form, domains) {
  const sets = count(domains);
  const set = chosenSet(form);
  const values = domains.map((domain) => (domain.dataset === set ? value(form, domain) : 0));
  const mask = Array.from({ length: sets }, (_, i) => Number(i === set));
  return Float32Array.from(sets > 1 ? [...values, ...mask] : values);
}

function count(domains) {
  return 1 + Math.max(...domains.map((domain) => domain.dataset));
}

function chosenSet(form) {
  return Number(form.querySelector('[name="set"]:checked')?.value ?? 0);
}

function showSet(form) {
  const set = String(chosenSet(form));
  for (const box of form.querySelectorAll("fieldset[data-set]")) box.hidden = box.dataset.set !== set;
}

function choiceOfSet(sets) {
  const box = fieldset("Kind of labels");
  for (let set = 0; set < sets; set++) {
    box.append(labelled(control("radio", { name: "set", value: set, checked: set === 0 }), `set ${set + 1}`));
  }
  return box;
}

function value(form, { name, group }) {
  const control = form.querySelector(`[data-domain="${CSS.escape(name)}"]`);
  return group ? Number(control.checked) : Number(control.value);
}

function choice(group, set, members) {
  const box = fieldset(group, set);
  const defaulted = members.find((domain) => domain.default === 1);
  const open = members.every((domain) => !domain.one_hot); // at most one: perhaps none
  if (open) box.append(labelled(control("radio", { name: `${set}-${group}`, checked: !defaulted }), "none"));
  for (const domain of members) {
    const checked = domain === defaulted || (!open && !defaulted && domain === members[0]);
    const radio = control("radio", { name: `${set}-${group}`, checked });
    radio.dataset.domain = domain.name;
    box.append(labelled(radio, words(domain.name)));
  }
  return box;
}

function sliders(set, toggles) {
  const box = fieldset("Attributes", set);
  for (const domain of toggles) {
    const slider = control("range", { min: 0, max: 1, step: 0.1, value: domain.default });
    slider.dataset.domain = domain.name;
    const line = labelled(slider, words(domain.name));
    line.className = "slider";
    line.prepend(line.lastChild);
    box.append(line);
  }
  return box;
}

function fieldset(title, set) {
  const box = document.createElement("fieldset");
  box.append(Object.assign(document.createElement("legend"), { textContent: words(title) }));
  if (set !== undefined) box.dataset.set = set;
  return box;
}

function control(type, properties) {
  return Object.assign(document.createElement("input"), { type, ...properties });
}

function labelled(input, text) {
  const line = document.createElement("label");
  line.append(input, Object.assign(document.createElement("span"), { textContent: text }));
  return line;
}

function words(name) {
  return name.replaceAll("_", " ");
}

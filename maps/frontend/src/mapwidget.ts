/** The map inside forms that do not load our pages' script: Django's administration. */

import { mountAll } from "./map/widget";

mountAll(document);

// "Add another" of an inline form.
document.addEventListener("formset:added", (event) => {
  if (event.target instanceof HTMLElement) mountAll(event.target);
});

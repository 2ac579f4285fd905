// Pages of forms and lists: a form becomes a deed, a list looks again by itself, and times are told
// by the reader's own clock.
(() => {
  const PATIENCE = 20000;  // milliseconds after which a page stops saying that it waits
  const clock = (root) => {
    for (const told of root.querySelectorAll('time[datetime]'))
      told.textContent = new Date(told.dateTime).toLocaleString(
        document.documentElement.lang, {dateStyle: 'medium', timeStyle: 'short'});
  };
  const order = (form, button) => {
    const held = {};
    for (const [name, value] of new FormData(form, button))
      held[name] = name in held ? `${held[name]}\n${value}` : value;
    const {channel = '', ...fields} = held;
    return {do: form.dataset.do, channel, fields};
  };
  const chosen = (root) => {
    for (const box of root.querySelectorAll('[data-cookie]')) {
      const held = new RegExp(`(?:^|; )${box.dataset.cookie}=([a-z]+)`).exec(document.cookie);
      if (held) box.value = held[1];
    }
  };
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  };

  window.studioForms = (root, send, watch) => {
    let timer;
    const look = () => { if (!document.hidden) send.act({do: 'look'}); };
    const settle = () => {
      root.removeAttribute('aria-busy');
      clock(root);
      chosen(root);
      clearInterval(timer);
      const again = root.querySelector('[data-again]');
      if (again) timer = setInterval(look, again.dataset.again * 1000);
      const gone = root.querySelector('[data-goto]');
      if (gone) location.assign(gone.dataset.goto);
      // Gradio patches in place: ticks of rows that were there before would stay.
      for (const box of root.querySelectorAll('[name=ids]')) box.checked = false;
      // What was taken is cleared; what was refused stays in its fields.
      if (root.querySelector('[data-taken]'))
        for (const form of root.querySelectorAll('form[data-do]')) form.reset();
    };
    root.addEventListener('click', (event) => {
      const open = event.target.closest('[data-open]')?.dataset.open;
      if (!open) return;
      document.querySelector(`${open} button`)?.click();
      document.querySelector(open)?.scrollIntoView();
    });
    root.addEventListener('submit', (event) => {
      const form = event.target.closest('form');
      if (form.dataset.do === undefined) {  // a filter: what is empty stays out of the address
        for (const box of form.elements) if (!box.value) box.disabled = true;
        return;
      }
      event.preventDefault();
      const sure = event.submitter?.dataset.sure;
      if (sure && !window.confirm(sure)) return;
      root.setAttribute('aria-busy', 'true');
      setTimeout(() => root.removeAttribute('aria-busy'), PATIENCE);
      send[form.dataset.event || 'act'](order(form, event.submitter));
    });
    root.addEventListener('change', (event) => {
      const box = event.target;
      if (box.matches('[data-cookie]')) keep(box.dataset.cookie, box.value);
      if (box.matches('[data-all]'))
        for (const each of root.querySelectorAll(box.dataset.all)) each.checked = box.checked;
      if (box.matches('[data-auto] select, [data-auto] [type=checkbox]')) box.form.requestSubmit();
    });
    watch('value', settle);
    settle();
  };
})();

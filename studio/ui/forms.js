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
    const {channel = '', ...fields} = Object.fromEntries(new FormData(form, button));
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
    const look = () => { if (!document.hidden) send({do: 'look'}); };
    const settle = () => {
      root.removeAttribute('aria-busy');
      clock(root);
      chosen(root);
      clearInterval(timer);
      const again = root.querySelector('[data-again]');
      if (again) timer = setInterval(look, again.dataset.again * 1000);
      const gone = root.querySelector('[data-goto]');
      if (gone) location.assign(gone.dataset.goto);
      // What was taken is cleared; what was refused stays in its fields.
      if (root.querySelector('[data-taken]'))
        for (const form of root.querySelectorAll('form[data-do]')) form.reset();
    };
    root.addEventListener('submit', (event) => {
      const form = event.target.closest('form[data-do]');
      if (!form) return;
      event.preventDefault();
      const sure = event.submitter?.dataset.sure;
      if (sure && !window.confirm(sure)) return;
      root.setAttribute('aria-busy', 'true');
      setTimeout(() => root.removeAttribute('aria-busy'), PATIENCE);
      send(order(form, event.submitter));
    });
    root.addEventListener('change', (event) => {
      const box = event.target;
      if (box.matches('[data-cookie]')) keep(box.dataset.cookie, box.value);
      if (box.matches('[data-all]'))
        for (const each of root.querySelectorAll(box.dataset.all)) each.checked = box.checked;
    });
    watch('value', settle);
    settle();
  };
})();

// What a person must hear of in their own language: that the server is away (Gradio says so in English
// only), and that a paste is longer than its field, which the browser would cut without a word.
(() => {
  const KNOWN = /^Connection (to the server was lost|errored out)/;
  const SHOWN = 12000;  // milliseconds
  const told = (name) => document.querySelector('.st-nav')?.dataset[name] || '';

  new MutationObserver(() => {
    for (const toast of document.querySelectorAll('.toast-body:not([data-told])')) {
      toast.dataset.told = '';
      const walk = document.createTreeWalker(toast, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const words = walk.currentNode.data.trim();
        if (words === 'Error') walk.currentNode.data = told('error') || words;
        if (KNOWN.test(words)) walk.currentNode.data = told('lost') || words;
      }
      for (const root of document.querySelectorAll('[aria-busy=true]')) root.removeAttribute('aria-busy');
    }
  }).observe(document, {childList: true, subtree: true});

  const tell = (words) => {
    document.querySelector('.st-notice')?.remove();
    const line = document.createElement('p');
    line.className = 'st-note st-bad st-notice';
    line.setAttribute('role', 'alert');
    line.textContent = words;
    line.onclick = () => line.remove();
    (document.querySelector('dialog[open]') || document.querySelector('.gradio-container')).append(line);
    setTimeout(() => line.remove(), SHOWN);
  };
  document.addEventListener('paste', (event) => {
    const box = event.target.closest?.('textarea, input'), most = box?.maxLength;
    if (!(most > 0)) return;
    const pasted = event.clipboardData.getData('text').length;
    const left = box.value.length - (box.selectionEnd - box.selectionStart);
    if (left + pasted <= most) return;
    event.preventDefault();
    const number = (n) => n.toLocaleString(document.documentElement.lang);
    tell(told('long').replace('{n}', number(pasted)).replace('{most}', number(most)));
  });
})();

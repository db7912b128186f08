window.__env = {};

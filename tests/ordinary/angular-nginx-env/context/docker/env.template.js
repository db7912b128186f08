window.__env = { api: "${API_URL}" };

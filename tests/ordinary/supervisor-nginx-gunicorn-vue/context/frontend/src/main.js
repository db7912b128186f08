import { createApp } from 'vue'
createApp({ template: '<p>hi</p>' }).mount('#app')

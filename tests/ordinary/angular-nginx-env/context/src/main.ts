import { bootstrapApplication } from '@angular/platform-browser';
import { Component } from '@angular/core';
@Component({ selector: 'app-root', standalone: true, template: 'hi' }) class App {}
bootstrapApplication(App);

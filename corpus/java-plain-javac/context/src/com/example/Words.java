package com.example;

final class Words {
    static String of(int i) {
        String word = (i % 3 == 0 ? "Fizz" : "") + (i % 5 == 0 ? "Buzz" : "");
        return word.isEmpty() ? Integer.toString(i) : word;
    }
}

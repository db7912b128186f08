package com.example;

public final class Fizz {
    public static void main(String[] args) {
        int last = Integer.parseInt(args[0]);
        for (int i = 1; i <= last; i++) {
            System.out.println(Words.of(i));
        }
    }
}

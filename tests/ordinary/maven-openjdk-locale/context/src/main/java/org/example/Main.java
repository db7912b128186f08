package org.example;

public class Main {
    public static void main(String[] args) {
        System.out.println(String.format("%,.2f", 1234.5));
    }
}
